/* daemon/credentials.c - see credentials.h. */
#include "daemon/credentials.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"

static int read_groups(int fd, struct credentials *out, struct err *err)
{
	socklen_t size = 0;
	_cleanup_free_ gid_t *groups = NULL;

	/* with too little room the kernel says ERANGE and how much it takes */
	while (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0) {
		if (errno != ERANGE)
			return err_set(err, errno, "cannot tell a client's groups: %s",
				       strerror(errno));
		free(groups);
		groups = mem_alloc(size);
	}
	out->groups = TAKE_PTR(groups);
	out->n_groups = size / sizeof(*out->groups);
	return 0;
}

int credentials_read(int fd, struct credentials *out, struct err *err)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return err_set(err, errno, "cannot tell who a client is: %s", strerror(errno));
	*out = (struct credentials){.pid = peer.pid, .uid = peer.uid, .gid = peer.gid};
	return read_groups(fd, out, err);
}

void credentials_fini(struct credentials *credentials)
{
	free(credentials->groups);
	*credentials = (struct credentials){0};
}

static bool is_member(const struct credentials *credentials, gid_t group)
{
	if (credentials->gid == group)
		return true;
	for (size_t i = 0; i < credentials->n_groups; i++)
		if (credentials->groups[i] == group)
			return true;
	return false;
}

bool credentials_allow(const struct credentials *credentials, enum auth_level level,
		       const gid_t *group)
{
	switch (level) {
	case AUTH_READ:
		return true;
	case AUTH_GROUP:
		return credentials->uid == 0 || (group && is_member(credentials, *group));
	case AUTH_ADMIN:
		return credentials->uid == 0;
	case AUTH_UNSET:
		break;
	}
	return false;
}
