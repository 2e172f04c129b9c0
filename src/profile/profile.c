/* profile/profile.c - see profile.h; loading is in load.c. */
#include "profile/profile.h"

#include "profile/rules.h"
#include "profile/setting.h"
#include "profile/waiver.h"
#include "profile/when.h"

void profile_free(struct profile *profile)
{
	if (!profile)
		return;
	free(profile->name);
	free(profile->file);
	free(profile->summary);
	free(profile->digest);
	for (size_t i = 0; i < profile->n_layers; i++) {
		free(profile->layers[i].name);
		free(profile->layers[i].file);
	}
	free(profile->layers);
	when_fini(&profile->when);
	for (size_t i = 0; i < profile->n_settings; i++)
		setting_fini(&profile->settings[i]);
	free(profile->settings);
	for (size_t i = 0; i < profile->n_rules; i++)
		rule_fini(&profile->rules[i]);
	free(profile->rules);
	for (size_t i = 0; i < profile->n_waivers; i++)
		waiver_fini(&profile->waivers[i]);
	free(profile->waivers);
	free(profile);
}
