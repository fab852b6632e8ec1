package sdk

// Repeats returns the operations by what a second send of them does: "safe" for
// those that only read and are no GET, "keyed" and "never".
func Repeats() map[string][]string {
	all := map[string][]string{}
	for _, op := range operations {
		switch {
		case op.method == "GET":
		case op.repeat == repeatSafe:
			all["safe"] = append(all["safe"], op.name)
		case op.repeat == repeatKeyed:
			all["keyed"] = append(all["keyed"], op.name)
		default:
			all["never"] = append(all["never"], op.name)
		}
	}
	return all
}
