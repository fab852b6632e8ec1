// Command bench measures what the reconciler costs over a bare client, as
// ratios in one run on one machine: interleaved pairs, their median, and the
// bare client against itself beside it, which says how noisy the machine is.
//
// Platforms, clients and the program under test are processes of their own.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

type options struct {
	binary      string
	payments    int
	pairs       int
	connections int
	what        string
	large       int
}

func main() {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "bare":
			exit(bareMain(os.Args[2:]))
		case "stub":
			exit(stubMain(os.Args[2:]))
		case "caller":
			exit(callerMain(os.Args[2:]))
		}
	}
	var o options
	flag.StringVar(&o.binary, "binary", "bin/payreconcile", "program under test")
	flag.IntVar(&o.payments, "payments", 20000, "payments of a run")
	flag.IntVar(&o.pairs, "pairs", 15, "interleaved pairs of a ratio")
	flag.IntVar(&o.connections, "connections", 0, "connections instead of 16 for plan and 64 for apply")
	flag.IntVar(&o.large, "large", 1000000, "payments of the memory run")
	flag.StringVar(&o.what, "what", "start,sdk,plan,policy,apply,audit,drift,far,memory,sandbox,page,statement", "what to measure")
	flag.Parse()
	exit(run(o))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(o options) error {
	dir, err := os.MkdirTemp("", "payreconcile-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if o.binary, err = filepath.Abs(o.binary); err != nil {
		return err
	}
	b := &bench{options: o, dir: dir}
	for _, part := range []struct {
		name string
		run  func() error
	}{{"start", b.start}, {"sdk", b.sdk}, {"plan", b.plans}, {"policy", b.policy}, {"apply", b.applies}, {"audit", b.audit}, {"drift", b.drift}, {"far", b.far}, {"memory", b.memory}, {"sandbox", b.sandbox}, {"page", b.page}, {"statement", b.statement}} {
		if !strings.Contains(","+o.what+",", ","+part.name+",") {
			continue
		}
		if err := part.run(); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

// A bench is one session of measuring.
type bench struct {
	options
	dir string
	n   int
}

// path returns a new path in the session's folder.
func (b *bench) path(name string) string {
	b.n++
	return filepath.Join(b.dir, fmt.Sprintf("%d-%s", b.n, name))
}

func (b *bench) plans() error {
	conns := b.connsOr(16)
	for _, items := range []string{"short", "long"} {
		manifest, err := b.manifest(items, b.payments)
		if err != nil {
			return err
		}
		for _, kind := range []string{"sandbox", "stub"} {
			p, err := b.platform(kind, b.payments, 0)
			if err != nil {
				return err
			}
			r, err := b.ratio(func() (time.Duration, error) { return b.bare(p, "plan", b.payments, conns) },
				func() (time.Duration, error) { return b.plan(p, manifest, b.path("plan"), conns) })
			p.stop()
			if err != nil {
				return err
			}
			r.print(fmt.Sprintf("plan, %s items, %d connections, %s", items, conns, kind), b.payments)
		}
	}
	return nil
}

func (b *bench) applies() error {
	conns := b.connsOr(64)
	manifest, err := b.manifest("short", b.payments)
	if err != nil {
		return err
	}
	for _, kind := range []string{"sandbox", "stub"} {
		fresh := func(do func(*platform) (time.Duration, error)) func() (time.Duration, error) {
			return func() (time.Duration, error) {
				p, err := b.platform(kind, b.payments, 0)
				if err != nil {
					return 0, err
				}
				defer p.stop()
				return do(p)
			}
		}
		r, err := b.ratio(fresh(func(p *platform) (time.Duration, error) { return b.bare(p, "apply", b.payments, conns) }),
			fresh(func(p *platform) (time.Duration, error) {
				journal, plan := b.path("journal.db"), b.path("plan")
				if _, err := b.planInto(p, manifest, plan, journal, conns); err != nil {
					return 0, err
				}
				return b.apply(p, plan, journal, conns)
			}))
		if err != nil {
			return err
		}
		r.print(fmt.Sprintf("apply, %d connections, %s", conns, kind), b.payments)
	}
	return nil
}

// far measures against a platform 50 ms away, where only the number of calls
// under way counts.
func (b *bench) far() error {
	const away = 50 * time.Millisecond
	conns := b.connsOr(64)
	n := min(b.payments, 100*conns)
	manifest, err := b.manifest("short", n)
	if err != nil {
		return err
	}
	p, err := b.platform("stub", n, away)
	if err != nil {
		return err
	}
	defer p.stop()
	journal, plan := b.path("journal.db"), b.path("plan")
	took, err := b.planInto(p, manifest, plan, journal, conns)
	if err != nil {
		return err
	}
	ideal := float64(conns) / away.Seconds()
	report(fmt.Sprintf("plan, 50 ms away, %d connections", conns), float64(n)/took.Seconds()/ideal, "of %.0f calls/s", ideal)
	if took, err = b.apply(p, plan, journal, conns); err != nil {
		return err
	}
	report(fmt.Sprintf("apply, 50 ms away, %d connections", conns), 3*float64(n)/took.Seconds()/ideal, "of %.0f calls/s", ideal)
	return nil
}

func (b *bench) memory() error {
	perPayment := map[int]time.Duration{}
	for _, n := range []int{10000, 100000, b.large} {
		manifest, err := b.manifest("short", n)
		if err != nil {
			return err
		}
		p, err := b.platform("stub", n, 0)
		if err != nil {
			return err
		}
		out, journal := b.path("plan"), b.path("journal.db")
		cmd := b.command(p, journal, "plan", "--json", "--parallelism", "16", "--out", out, manifest)
		took, err := timed(cmd)
		p.stop()
		if err != nil {
			return err
		}
		perPayment[n] = took / time.Duration(n)
		fmt.Printf("%-46s %6.0f MiB peak, %v a payment, plan of %.0f MiB\n", fmt.Sprintf("plan, %d payments, stub", n),
			float64(maxRSS(cmd.ProcessState))/(1<<20), perPayment[n].Round(100*time.Nanosecond), float64(size(out))/(1<<20))
		_ = os.Remove(out)
		_ = os.Remove(manifest)
	}
	report("time a payment, most against 10,000", float64(perPayment[b.large])/float64(perPayment[10000]), "")
	return nil
}

func (b *bench) start() error {
	var all []time.Duration
	for range 30 {
		took, err := timed(exec.Command(b.binary, "version"))
		if err != nil {
			return err
		}
		all = append(all, took)
	}
	fmt.Printf("%-46s %6v, binary of %.1f MB\n", "payreconcile version", median(all).Round(100*time.Microsecond), float64(size(b.binary))/1e6)
	return nil
}

func (b *bench) connsOr(n int) int {
	if b.connections > 0 {
		return b.connections
	}
	return n
}

func size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
