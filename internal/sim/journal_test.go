package sim_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/payreconcile/payreconcile/internal/journal/journaltest"
	"github.com/payreconcile/payreconcile/internal/sim"
	"github.com/payreconcile/payreconcile/pkg/apply"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]sim.StoreConfig{
		"at once":   {ID: "journal"},
		"in groups": {ID: "journal", Group: func(uint64) time.Duration { return 50 * time.Microsecond }},
		"leased":    {ID: "journal", Lease: time.Minute, CallTimeout: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			journaltest.Run(t, func(t *testing.T) func() apply.Journal {
				s := sim.NewStore(cfg)
				return func() apply.Journal {
					j, err := s.Open()
					require.NoError(t, err)
					return j
				}
			})
		})
	}
}
