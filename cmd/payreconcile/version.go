package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/payreconcile/payreconcile/internal/render"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

func newVersion(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Long:  "version prints the version of this program and of the plan files that it writes." + exits(exitOK),
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			platform := runtime.GOOS + "/" + runtime.GOARCH
			if e.json {
				return render.VersionJSON(e.stdout, version, commit(), runtime.Version(), platform)
			}
			_, err := fmt.Fprintf(e.stdout, "payreconcile %s (%s, %s, %s), plan format %s\n", version, commit(), runtime.Version(), platform, plan.FormatVersion)
			return err
		},
	}
}

// commit is the revision that this program was built from.
func commit() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				return s.Value[:12]
			}
		}
	}
	return "unknown commit"
}
