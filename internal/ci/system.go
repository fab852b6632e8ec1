package ci

import "fmt"

// A System is a CI system whose conventions are followed.
type System string

// The systems that are known.
const (
	None   System = "none"
	GitHub System = "github"
	GitLab System = "gitlab"
)

// Detect returns the system that a flag or PAYRECONCILE_CI names, else the one
// in which this program runs.
func Detect(flag string, getenv func(string) string) (System, error) {
	name, from := flag, "--ci"
	if name == "" {
		name, from = getenv("PAYRECONCILE_CI"), "PAYRECONCILE_CI"
	}
	switch s := System(name); s {
	case None, GitHub, GitLab:
		return s, nil
	case "":
		return running(getenv), nil
	}
	return None, fmt.Errorf("%s %q: it is github, gitlab or none", from, name)
}

// running is the system that says it is there.
func running(getenv func(string) string) System {
	switch {
	case getenv("GITHUB_ACTIONS") == "true":
		return GitHub
	case getenv("GITLAB_CI") == "true":
		return GitLab
	}
	return None
}
