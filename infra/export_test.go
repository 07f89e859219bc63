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
