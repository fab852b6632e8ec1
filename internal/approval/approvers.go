package approval

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/payreconcile/payreconcile/internal/yamlfile"
	"github.com/payreconcile/payreconcile/pkg/plan"
	"github.com/payreconcile/payreconcile/pkg/spec"
)

// What an approvers file may hold at most.
const (
	MaxFile      = 64 << 10
	MaxApprovers = 200
)

// Approvers are the people who may agree to plans, and how many of them have
// to. They do not change after they were read. A nil *Approvers is none.
type Approvers struct {
	Name     string // of the file's metadata
	Required []Requirement
	People   []Approver

	sha256    string
	verifiers note.Verifiers
	persons   []int // by index in People: who is one person has one number
}

// A Requirement is how many people have to agree. Without Over it is so for
// every plan; else for plans that move more than one of these in its currency.
type Requirement struct {
	Approvals int
	Over      []spec.Money
}

// An Approver is one key of one person.
type Approver struct {
	Name         string
	Key          string   // public key, as approve keygen prints it
	Accounts     []string // under which the person runs plan
	Environments []string // nil is all
	Limits       []spec.Money
	Expires      time.Time // first moment that the key no longer counts; zero is never
	Revoked      time.Time // moment from which nothing counts that it ever signed; zero is never

	key publicKey
}

// Load reads an approvers file. Whatever is wrong with it is in one error, of
// type spec.Errors.
func Load(path string) (*Approvers, error) {
	data, err := yamlfile.Read(path, MaxFile)
	if err != nil {
		return nil, err
	}
	return Parse(path, data)
}

// Parse is Load for the bytes of the file of that name.
func Parse(name string, data []byte) (*Approvers, error) {
	r := &fileReader{File: &yamlfile.File{Name: name}}
	a := r.approvers(data)
	if err := r.Err(); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	a.sha256 = hex.EncodeToString(sum[:])
	a.unite()
	return a, nil
}

// SHA256 returns the hash of the file, in hexadecimal; "" for none.
func (a *Approvers) SHA256() string {
	if a == nil {
		return ""
	}
	return a.sha256
}

// unite finds out who is one person: whoever has one name, or one key. It also
// gathers the keys, each once.
func (a *Approvers) unite() {
	var list []note.Verifier
	seen := map[string]bool{}
	a.persons = make([]int, len(a.People))
	names := make([]string, len(a.People))
	for i := range a.People {
		p := &a.People[i]
		if !seen[p.Key] {
			seen[p.Key] = true
			list = append(list, p.key.verifier)
		}
		a.persons[i], names[i] = i, fold(p.Name)
		for j := range i {
			if a.People[j].key.public == p.key.public || names[j] == names[i] {
				a.join(a.persons[j], a.persons[i])
			}
		}
	}
	a.verifiers = note.VerifierList(list...)
}

// join makes two persons one.
func (a *Approvers) join(into, from int) {
	for i := range a.persons {
		if a.persons[i] == from {
			a.persons[i] = into
		}
	}
}

// needed is how many people have to agree to a plan that moves these sums: the
// most that any requirement asks for, and one when none does.
func (a *Approvers) needed(sums map[spec.Currency]int64) int {
	n := 1
	for _, r := range a.Required {
		if r.applies(sums) {
			n = max(n, r.Approvals)
		}
	}
	return n
}

func (r Requirement) applies(sums map[spec.Currency]int64) bool {
	for _, m := range r.Over {
		if sums[m.Currency] > m.Minor {
			return true
		}
	}
	return len(r.Over) == 0
}

// sumsOf is what a plan moves, by currency.
func sumsOf(f plan.Footer) (map[spec.Currency]int64, error) {
	totals, err := f.Totals()
	if err != nil {
		return nil, &PlanError{Msg: err.Error(), Hint: "split the plan"}
	}
	sums := make(map[spec.Currency]int64, len(totals))
	for _, t := range totals {
		sums[t.Money.Currency] = t.Money.Minor
	}
	return sums, nil
}
