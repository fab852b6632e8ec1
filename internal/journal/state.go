package journal

import (
	"slices"

	"github.com/payreconcile/payreconcile/pkg/plan"
)

// allowed reports whether an outcome may say to of an intent that stands at
// from. Saying the same again is allowed: it adds evidence.
//
//	intended → accepted | settled | refused | unknown | withdrawn
//	unknown  → accepted | settled | refused
//	accepted → settled | refused
func allowed(from, to plan.State) bool {
	if !outcome(to) {
		return false
	}
	switch from {
	case plan.StateIntended:
		return true
	case plan.StateUnknown:
		return to != plan.StateWithdrawn
	case plan.StateAccepted:
		return to == from || to == plan.StateSettled || to == plan.StateRefused
	case plan.StateSettled, plan.StateRefused, plan.StateWithdrawn:
		return to == from
	}
	return false
}

// outcome reports whether s is a state that an outcome can have.
func outcome(s plan.State) bool {
	switch s {
	case plan.StateAccepted, plan.StateSettled, plan.StateRefused, plan.StateUnknown, plan.StateWithdrawn:
		return true
	case plan.StateIntended:
	}
	return false
}

// packed is a state in one byte; 0 is none.
type packed uint8

// unpacked are the states by their packed form.
var unpacked = [...]plan.State{
	"", plan.StateIntended, plan.StateAccepted, plan.StateSettled,
	plan.StateRefused, plan.StateUnknown, plan.StateWithdrawn,
}

// pack returns s in one byte.
func pack(s plan.State) packed { return packed(slices.Index(unpacked[:], s)) }

// state is the inverse of pack.
func (p packed) state() plan.State { return unpacked[p] }
