package doctor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/payreconcile/payreconcile/internal/journal"
	"github.com/payreconcile/payreconcile/pkg/apply"
	"github.com/payreconcile/payreconcile/pkg/plan"
)

var (
	storage  = topic{Journal, "journal"}
	identity = topic{Journal, "id"}
	lock     = topic{Journal, "lock"}
	schema   = topic{Journal, "version"}
	sound    = topic{Journal, "soundness"}
	begun    = topic{Journal, "unfinished plan"}
	doubt    = topic{Journal, "in doubt"}
	accepted = topic{Journal, "accepted"}
	disk     = topic{Journal, "disk"}
)

// Bounds of what is fine.
const (
	checkTime    = 10 * time.Second       // of reading a journal
	acceptedLong = 3 * 24 * time.Hour     // for a call to stand as accepted
	slowSync     = 500 * time.Millisecond // of making a record durable
	fewBytes     = 1 << 30
	tooFewBytes  = 64 << 20
)

// Storage looks at where the journal is kept, and then at what is in it.
func Storage(ctx context.Context, cfg journal.Config) []Check {
	h, err := journal.Look(ctx, cfg)
	var checks []Check
	if h.Folder != "" {
		checks = append(checks, Disk(h.Folder, Probe)...)
	}
	if err != nil {
		return append(checks, storage.problem(CauseOther, "apply nothing before this is mended", "%v", err))
	}
	checks = append(checks, Holder(h))
	if !h.There {
		return append(checks, Nothing(cfg))
	}
	checks = append(checks, Schema(h))
	j, err := journal.Open(ctx, cfg)
	if err != nil {
		return append(checks, storage.problem(CauseOther, "apply nothing before this is mended", "%v", err))
	}
	defer func() { _ = j.Close() }()
	checks = append(checks, Identity(j.Ref(), j.Newest(), h, cfg)...)
	checks = append(checks, Soundness(ctx, j))
	return append(checks, Standing(ctx, j, h.Holder != "", cfg.Now())...)
}

// Whose says that nobody knows whose records to look at.
func Whose() Check {
	return storage.skipped("not looked at: environment and merchant have to be set first")
}

// Nothing says that there is no journal yet.
func Nothing(cfg journal.Config) Check {
	if cfg.Pin != "" {
		return storage.problem(CauseOther, "restore that journal; or remove the pin, if a new one is to be begun",
			"there is none at %s, and PAYRECONCILE_JOURNAL_ID asks for %s", cfg.Path, cfg.Pin)
	}
	return storage.warning("if there ever was one, restore it before anything is applied; else the first plan makes one", "there is none yet at %s", cfg.Path)
}

// Holder says who works with the journal now.
func Holder(h journal.Health) Check {
	if h.Holder == "" {
		return lock.ok("nobody works with it now")
	}
	return lock.problem(CauseLocked, "wait until the other run has ended; its lock goes with it", "in use: %s", h.Holder)
}

// Schema compares the version of the journal with that of this program. A newer
// one is an error of Look.
func Schema(h journal.Health) Check {
	server := ""
	if h.Server != "" {
		server = ", on PostgreSQL " + h.Server + " with fsync on"
	}
	if h.Version < h.Knows {
		return schema.ok("schema %d%s; the next apply or resume brings it to %d, and an older payreconcile cannot use it then", h.Version, server, h.Knows)
	}
	return schema.ok("schema %d, the one of this program%s", h.Version, server)
}

// Identity says which journal this is.
func Identity(ref plan.JournalRef, newest time.Time, h journal.Health, cfg journal.Config) []Check {
	found := fmt.Sprintf("%s: %s", cfg.Path, plural(int(ref.Seq), "record"))
	if !newest.IsZero() {
		found += ", the newest of " + newest.UTC().Format("2006-01-02 15:04") + " UTC"
	}
	c := storage.ok("%s", found)
	switch {
	case newest.After(cfg.Now()):
		c = storage.problem(CauseOther, "set the clock: apply sends nothing while it is behind the journal", "%s, which is later than now by this machine's clock", found)
	case ref.New && ref.Seq > 0:
		c = storage.warning("check merchant id and environment, unless they are new", "%s; none of them is of merchant %s in %s", found, cfg.Merchant, cfg.Environment)
	}
	if cfg.Pin == "" {
		return []Check{c, identity.warning("set PAYRECONCILE_JOURNAL_ID="+ref.ID+" for every job", "%s, which nothing asks for: a journal that was lost or exchanged would not be noticed", ref.ID)}
	}
	return []Check{c, identity.ok("%s, as PAYRECONCILE_JOURNAL_ID asks", ref.ID)}
}

// Soundness reads the journal, for a while at most.
func Soundness(ctx context.Context, j *journal.Journal) Check {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	r, err := j.Check(ctx, nil)
	switch {
	case ctx.Err() != nil:
		return sound.skipped("it is long, and %v were not enough to read it: payreconcile journal check reads it all", checkTime)
	case err != nil:
		return sound.problem(CauseOther, "apply nothing with it; payreconcile journal check tells more", "%v", err)
	case len(r.Faults) > 0:
		return sound.problem(CauseOther, "apply nothing with it; restore the newest copy that payreconcile journal check finds sound",
			"%s, the first one: %s", plural(len(r.Faults), "fault"), r.Faults[0].What)
	}
	return sound.ok("every record follows from the one before; payreconcile journal check reads the stored plans as well")
}

// A History is what the journal knows of calls.
type History interface {
	Unfinished(ctx context.Context) (apply.PlanRecord, error)
	Open(ctx context.Context, limit int) ([]plan.Intent, error)
	Accepted(ctx context.Context, after int64, limit int) ([]plan.Intent, error)
}

// Standing looks for what was left behind: a plan that was not finished, calls
// in doubt, and what was accepted long ago. While another process works, what
// it has under way looks the same.
func Standing(ctx context.Context, j History, working bool, now time.Time) []Check {
	if working {
		const why = "another process works with it: what is under way cannot be told from what was left behind"
		return []Check{begun.skipped(why), doubt.skipped(why), Accepted(ctx, j, now)}
	}
	return []Check{Unfinished(ctx, j), Doubt(ctx, j), Accepted(ctx, j, now)}
}

// Unfinished says whether a plan waits to be resumed.
func Unfinished(ctx context.Context, j History) Check {
	p, err := j.Unfinished(ctx)
	switch {
	case errors.Is(err, apply.ErrNoPlan):
		return begun.ok("none")
	case err != nil:
		return begun.problem(CauseOther, "", "%v", err)
	}
	return begun.warning("run payreconcile resume", "plan %.12s of %s was begun and is not finished", p.PlanID, p.AcceptedAt.UTC().Format("2006-01-02 15:04 MST"))
}

// Doubt counts calls of which nobody knows whether they moved money.
func Doubt(ctx context.Context, j History) Check {
	const limit = 1000
	open, err := j.Open(ctx, limit)
	switch {
	case err != nil:
		return doubt.problem(CauseOther, "", "%v", err)
	case len(open) == 0:
		return doubt.ok("no call: what became of each is known")
	}
	first := open[0]
	c := doubt.problem(CauseDoubt, "run payreconcile resume before anything else: it looks, and repeats the same call under the same key",
		"%s: nobody knows whether money moved", plural(len(open), "call"))
	if len(open) == limit {
		c.Found = "1000 calls or more: nobody knows whether money moved"
	}
	c.Facts = []Fact{{Name: "oldest", Value: fmt.Sprintf("%s %s %s of %s", first.Payment, first.Op, first.Ref, first.At.UTC().Format("2006-01-02 15:04 MST"))}}
	return c
}

// Accepted counts calls that the platform took and has not settled as far as
// the journal knows.
func Accepted(ctx context.Context, j History, now time.Time) Check {
	const page = 1000
	n, after := 0, int64(0)
	var oldest time.Time
	for {
		some, err := j.Accepted(ctx, after, page)
		if err != nil {
			return accepted.problem(CauseOther, "", "%v", err)
		}
		for _, i := range some {
			n, after = n+1, i.Seq
			if oldest.IsZero() || i.StateAt.Before(oldest) {
				oldest = i.StateAt
			}
		}
		if len(some) < page {
			break
		}
	}
	age := now.Sub(oldest)
	switch {
	case n == 0:
		return accepted.ok("no call waits to be settled")
	case age > acceptedLong:
		return accepted.warning("run payreconcile resume, which looks again; ask the platform about what stays so",
			"%s not settled as far as the journal knows, the oldest for %d days", plural(n, "call"), int(age.Hours()/24))
	}
	return accepted.ok("%s not settled yet as far as the journal knows, the oldest for %v; payreconcile resume looks again", plural(n, "call"), max(age, 0).Round(time.Minute))
}

// Disk looks at the folder of a journal. probe makes a file there durable, and
// removes it.
func Disk(folder string, probe func(folder string) (time.Duration, error)) []Check {
	took, err := probe(folder)
	if err != nil {
		return []Check{disk.problem(CauseOther, "make the folder writable for whoever runs this, on a local disk", "nothing can be written to %s: %s", folder, cause(err))}
	}
	c := disk.ok("%s can be written to, and a record is durable within %v", folder, max(took.Round(time.Millisecond), time.Millisecond))
	if took > slowSync {
		c = disk.warning("put the journal on a faster local disk: every call waits for it", "making a record durable in %s takes %v", folder, took.Round(time.Millisecond))
	}
	checks := []Check{c}
	switch free, known := freeBytes(folder); {
	case !known:
	case free < tooFewBytes:
		checks = append(checks, disk.problem(CauseOther, "make room: apply stops when a record cannot be written", "only %d MiB are free in %s", free>>20, folder))
	case free < fewBytes:
		checks = append(checks, disk.warning("make room: apply stops when a record cannot be written", "%d MiB are free in %s", free>>20, folder))
	}
	return checks
}

// Probe writes a file to a folder, makes it durable, removes it, and returns how
// long that took.
func Probe(folder string) (took time.Duration, err error) {
	start := time.Now()
	f, err := os.CreateTemp(folder, ".payreconcile-doctor-*")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	_, err = f.WriteString("payreconcile doctor made this file and removes it\n")
	if err == nil {
		err = f.Sync()
	}
	return time.Since(start), errors.Join(err, f.Close())
}

// cause is what kept a file from being written, without its name.
func cause(err error) string {
	var p *os.PathError
	if errors.As(err, &p) {
		return filepath.Base(p.Op) + ": " + p.Err.Error()
	}
	return err.Error()
}
