package doctor_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/config"
	"github.com/payreconcile/payreconcile/internal/doctor"
)

// lines are checks as "status name: found | todo", for comparisons.
func lines(checks ...doctor.Check) string {
	var b strings.Builder
	for _, c := range checks {
		b.WriteString(string(c.Status) + " " + c.Name + ": " + c.Found)
		if c.Todo != "" {
			b.WriteString(" | " + c.Todo)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// A case says what a check has to come to.
type want struct {
	status doctor.Status
	cause  doctor.Cause
	text   string // in what is found or to do
}

// holds compares the worst of some checks with what is wanted.
func (w want) holds(t *testing.T, checks ...doctor.Check) {
	t.Helper()
	for _, c := range checks {
		require.NotEmpty(t, c.Found)
		require.NotEmpty(t, c.Name)
		if c.Status == w.status && c.Cause == w.cause && strings.Contains(c.Found+" | "+c.Todo, w.text) {
			return
		}
	}
	t.Errorf("no check is %s (%s) with %q:\n%s", w.status, w.cause, w.text, lines(checks...))
}

func TestReport(t *testing.T) {
	t.Parallel()
	r := &doctor.Report{Environment: "live"}
	r.Add(doctor.Check{Status: doctor.OK}, doctor.Check{Status: doctor.Problem, Cause: doctor.CauseLocked}, doctor.Check{Status: doctor.Warning, Cause: doctor.CausePolicy})
	require.True(t, r.Live())
	require.Equal(t, 1, r.Count(doctor.Warning))
	require.True(t, r.Has(doctor.CauseLocked))
	require.False(t, r.Has(doctor.CausePolicy), "a warning has no cause that counts")
}

// load reads a configuration from variables.
func load(t *testing.T, env map[string]string) *config.Config {
	t.Helper()
	cfg, err := config.Load(config.Flags{}, func(name string) string { return env[name] })
	require.NoError(t, err)
	return cfg
}
