package webhooks

// NewMemory returns a memory as small as a test needs it.
var NewMemory = newRecent
