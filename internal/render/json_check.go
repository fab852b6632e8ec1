package render

import "io"

// A CheckDocument is what "journal check --json" prints.
type CheckDocument struct {
	// Version of this document's format.
	FormatVersion string `json:"format_version"`
	// What this document is.
	Kind string `json:"kind" jsonschema:"enum=check"`
	// Id of the journal.
	JournalID string `json:"journal_id"`
	// How many records it has.
	Records int64 `json:"records"`
	// What its writer never leaves behind; empty when the journal is sound.
	Faults []CheckFault `json:"faults"`
}

// A CheckFault is one fault of a journal.
type CheckFault struct {
	// Number of the record that is concerned, 0 when there is no one.
	Seq int64 `json:"seq"`
	// What is wrong, for a person.
	Message string `json:"message"`
}

// CheckJSON writes a CheckDocument.
func CheckJSON(w io.Writer, journalID string, records int64, faults []CheckFault) error {
	if faults == nil {
		faults = []CheckFault{}
	}
	return WriteJSON(w, CheckDocument{FormatVersion: FormatVersion, Kind: "check", JournalID: journalID, Records: records, Faults: faults})
}
