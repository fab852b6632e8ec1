package main

import "github.com/spf13/cobra"

func newCompletion() *cobra.Command {
	c := &cobra.Command{
		Use:       "completion bash|zsh|fish|powershell",
		Short:     "Print completions for a shell",
		Long:      "completion prints a script that completes commands and flags, as in\n\n  source <(payreconcile completion bash)" + exits(exitOK, exitUsage),
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		Args:      oneArg("shell"),
	}
	c.RunE = func(_ *cobra.Command, args []string) error {
		root, out := c.Root(), c.OutOrStdout()
		switch args[0] {
		case "bash":
			return root.GenBashCompletionV2(out, true)
		case "zsh":
			return root.GenZshCompletion(out)
		case "fish":
			return root.GenFishCompletion(out, true)
		case "powershell":
			return root.GenPowerShellCompletionWithDesc(out)
		}
		return usage("completion: unknown shell %q; there is bash, zsh, fish and powershell", args[0])
	}
	return c
}
