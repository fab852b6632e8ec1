package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"time"

	"github.com/payreconcile/payreconcile/internal/yamlfile"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// Bounds of a policy.
const (
	MaxBytes      = 64 << 10 // of the file
	MaxRules      = 200
	MaxExpression = 4 << 10 // bytes
	MaxApprovals  = 20
	maxText       = 300 // characters of deny and override
)

// An Over says what a rule is asked about.
type Over string

// What a rule can be asked about.
const (
	OverCall    Over = "call"    // each call by itself
	OverPayment Over = "payment" // each payment with a call, with all its calls
	OverPlan    Over = "plan"    // the plan as a whole, when it has a call
)

// overs are all of them, in the order that people are told.
var overs = []string{string(OverCall), string(OverPayment), string(OverPlan)}

// A Policy is a file of rules, compiled. It does not change, and is safe for
// concurrent use.
type Policy struct {
	Name   string // metadata.name; "" when it has none
	file   string // without its folders, for messages
	sha256 string
	rules  map[Over][]*rule // in the order of the file
	count  int
}

// A rule is one rule, compiled.
type rule struct {
	name      string
	over      Over
	deny      string
	override  string
	approvals int // 0 when the rule denies
	when      *expression
}

// Load reads and compiles the policy in a file. Everything that is wrong with
// it is returned at once, as spec.Errors.
func Load(path string) (*Policy, error) {
	data, err := yamlfile.Read(path, MaxBytes)
	if err != nil {
		return nil, err
	}
	return Parse(path, data)
}

// Parse is Load for bytes that were read already; name is what faults call
// them.
func Parse(name string, data []byte) (*Policy, error) {
	if len(data) > MaxBytes {
		return nil, spec.Errors{{Pos: spec.Pos{File: name}, Msg: "is longer than 65536 bytes", Hint: "check that it is the right file"}}
	}
	sum := sha256.Sum256(data)
	r := &reader{
		File: yamlfile.File{Name: name}, lines: splitLines(data), names: map[string]int{},
		policy: &Policy{file: filepath.Base(name), sha256: hex.EncodeToString(sum[:]), rules: map[Over][]*rule{}},
	}
	r.read(data)
	if err := r.Err(); err != nil {
		return nil, err
	}
	return r.policy, nil
}

// SHA256 is the hash of the file's bytes, in hexadecimal.
func (p *Policy) SHA256() string { return p.sha256 }

// Rules is how many rules there are.
func (p *Policy) Rules() int { return p.count }

// A Phase is when a plan is judged; rules know it as phase.
type Phase string

// When plans are judged.
const (
	Planning Phase = "plan"
	Applying Phase = "apply"
)

// Run begins to judge the plan of that header, at a time that all its rules
// see.
func (p *Policy) Run(h plan.Header, phase Phase, now time.Time) *Run {
	return newRun(p, h, phase, now)
}
