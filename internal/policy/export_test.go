package policy

// Straight reports that an expression is evaluated without counting its work.
func Straight(over Over, text string) (bool, error) {
	env, err := environments[over]()
	if err != nil {
		return false, err
	}
	a, issues := env.Compile(text)
	if issues.Err() != nil {
		return false, issues.Err()
	}
	return isStraight(a.NativeRep()), nil
}
