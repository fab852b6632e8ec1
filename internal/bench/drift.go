package main

import (
	"fmt"
	"strconv"
	"time"
)

// drift measures looking for drift against planning, with one journal that
// holds an applied call of every payment.
func (b *bench) drift() error {
	conns := b.connsOr(16)
	manifest, err := b.manifest("short", b.payments)
	if err != nil {
		return err
	}
	for _, kind := range []string{"sandbox", "stub"} {
		p, err := b.platform(kind, b.payments, 0)
		if err != nil {
			return err
		}
		r, err := b.driftRatio(p, manifest, conns)
		p.stop()
		if err != nil {
			return err
		}
		r.print(fmt.Sprintf("drift to plan, %s", kind), b.payments)
	}
	return nil
}

func (b *bench) driftRatio(p *platform, manifest string, conns int) (*ratio, error) {
	journal, plan := b.path("journal.db"), b.path("plan")
	if _, err := b.planInto(p, manifest, plan, journal, conns); err != nil {
		return nil, err
	}
	if _, err := b.apply(p, plan, journal, conns); err != nil {
		return nil, err
	}
	return b.ratio(func() (time.Duration, error) { return b.planInto(p, manifest, b.path("plan"), journal, conns) },
		func() (time.Duration, error) {
			return timed(b.command(p, journal, "drift", "--detailed-exitcode", "--parallelism", strconv.Itoa(conns)))
		})
}
