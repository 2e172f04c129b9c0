dist_profiles_DATA = \
	profiles/base.yaml \
	profiles/container-host.yaml \
	profiles/database.yaml \
	profiles/hardened.yaml \
	profiles/low-latency.yaml \
	profiles/profile.schema.json \
	profiles/router.yaml \
	profiles/server.yaml \
	profiles/wan-throughput.yaml \
	profiles/web.yaml
