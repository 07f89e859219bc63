package infra

// SettingKeys are the keys of all settings.
func SettingKeys() []string {
	var keys []string
	for _, s := range settings() {
		keys = append(keys, s.key)
	}
	return keys
}

// EnvironmentSize is environmentSize.
var EnvironmentSize = environmentSize

// Pack is what `make build` does with recipes.
var Pack = pack

// Check says what is wrong with the props.
func Check(p Props) error {
	_, err := p.withDefaults()
	return err
}

// GoBuild is how the construct compiles functions.
var GoBuild = goBuild
