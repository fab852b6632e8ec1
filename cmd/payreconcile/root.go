package main

import (
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/payreconcile/payreconcile/internal/config"
	"github.com/payreconcile/payreconcile/internal/render"
)

// globals are the flags that every command has.
type globals struct {
	config config.Flags
}

func newRoot(e *env) *cobra.Command {
	g := &globals{}
	root := &cobra.Command{
		Use:   "payreconcile",
		Short: "Declare what payments should look like, see what would change, make it so, once",
		Long: "payreconcile compares manifests of desired captures, refunds and cancels with what the\n" +
			"payment platform shows, writes the difference as a plan that people review, and applies\n" +
			"the plan by calls that are safe to repeat.",
		SilenceUsage: true, SilenceErrors: true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
		Args:              noArgs,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error { return e.begin(c) },
		RunE:              func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return usage("%s%v", before(c), err) })
	f := root.PersistentFlags()
	f.Var(jsonFlag{e}, "json", "print the result as JSON, or with --json=stream as one message a line (schemas: docs/schema)")
	f.Lookup("json").NoOptDefVal = "true"
	e.ciFlags.register(f)
	f.StringVar(&g.config.ConfigFile, "config", "", "configuration file (default payreconcile.yaml, if there is one)")
	f.StringVar(&g.config.SDKConfig, "sdk-config", "", "properties file of the official SDKs")
	f.StringVar(&g.config.Endpoint, "endpoint", "", "scheme and host of the platform, as https://payment.preprod.payone.com")
	f.StringVar(&g.config.Environment, "environment", "", "name of the environment (live and test for the known hosts)")
	f.StringVar(&g.config.MerchantID, "merchant-id", "", "merchant id (PSPID)")
	f.StringVar(&g.config.APIKeyID, "api-key-id", "", "id of the API key; the secret comes from PAYRECONCILE_API_SECRET or a file")
	f.StringVar(&g.config.APISecretFile, "api-secret-file", "", "file that holds the API secret")
	f.StringVar(&g.config.Journal, "journal", "", "journal: a file, or postgres://user@host/database (default payreconcile.db)")
	f.StringVar(&g.config.Policy, "policy", "", "rules that plans are held against (default none)")
	f.StringVar(&g.config.Approvers, "approvers", "", "people who approve plans, with their keys (default none)")
	root.AddCommand(
		newValidate(e, g), newPlan(e, g), newShow(e, g), newVerify(e), newApprove(e, g), newApply(e, g), newResume(e, g),
		newDrift(e, g), newImport(e, g), newListen(e, g), newStatement(e, g), newJournal(e, g), newAudit(e, g),
		newSandbox(e), newSchema(e), newDoctor(e, g), newCompletion(), newVersion(e),
	)
	e.complete(root, g)
	return root
}

// before is what a usage error starts with: the command, unless it is the
// program itself.
func before(c *cobra.Command) string {
	_, path, is := strings.Cut(c.CommandPath(), " ")
	if !is {
		return ""
	}
	return path + ": "
}

func noArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage("%sunknown command or argument %q", before(c), args[0])
	}
	return nil
}

// someArgs asks for at least one argument.
func someArgs(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usage("%s%s is missing", before(c), what)
		}
		return nil
	}
}

// oneArg asks for exactly one argument.
func oneArg(what string) cobra.PositionalArgs { return upTo(1, 1, "exactly one "+what) }

// upTo takes at least and at most so many arguments, which names says.
func upTo(least, most int, names string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) < least || len(args) > most {
			return usage("%stakes %s, and %d arguments were given", before(c), names, len(args))
		}
		return nil
	}
}

// style is how text for w is to look.
func (e *env) style(w io.Writer) render.Style {
	tty := (w == e.stdout && e.stdoutTTY) || (w == e.stderr && e.stderrTTY)
	return render.Style{Color: tty && e.getenv("NO_COLOR") == ""}
}

// open opens a file for reading, with an error that names it.
func open(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &codeError{code: exitUsage, err: err, hint: "check the path"}
	}
	return f, nil
}
