/* confine/nobody.c - see nobody.h. */
#include "confine/nobody.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum {
	NOBODY = 65534 /* kernel.overflowuid: owns nothing */
};

static int give_up_rights(struct err *err)
{
	if (geteuid() == 0 && (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
			       setresuid(NOBODY, NOBODY, NOBODY) < 0))
		return err_set(err, errno, "cannot become user %d: %s", NOBODY, strerror(errno));
	capng_clear(CAPNG_SELECT_BOTH);
	if (capng_apply(CAPNG_SELECT_CAPS) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_set(err, EPERM, "cannot give up capabilities");
	return 0;
}

int confine_to_nobody(int when_parent_ends, struct err *err)
{
	pid_t parent = getppid();
	int r = give_up_rights(err);

	if (r < 0)
		return r;
	/* prctl(2): a change of user undoes it; the parent may have ended in between */
	if (prctl(PR_SET_PDEATHSIG, when_parent_ends) < 0 || getppid() != parent)
		return err_set(err, ESRCH, "whoever asked for this has ended");
	return 0;
}
