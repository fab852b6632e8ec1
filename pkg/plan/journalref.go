package plan

// A JournalRef names a state of a journal: its id, and the number of its
// newest record. A plan is applied with that journal in that or a later state.
type JournalRef struct {
	ID  string `json:"id"`
	New bool   `json:"new,omitempty"` // it holds nothing about this merchant yet
	Seq int64  `json:"seq"`
}
