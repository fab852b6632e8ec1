package doctor

var program = topic{Versions, "program"}

// Program says what looked.
func Program(version, commit, goVersion, platform, planFormat string) Check {
	return program.ok("payreconcile %s (%s), %s, %s; writes plans of format %s", version, commit, goVersion, platform, planFormat)
}
