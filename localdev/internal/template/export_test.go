package template

// LoadBytes is Load of a template that is in no file; its relative paths lead nowhere.
func LoadBytes(data []byte, file string, opt Options) (*Stack, error) {
	if opt.Region == "" {
		opt.Region, opt.StackName = "us-east-1", "localdev"
	}
	return load(data, file, opt)
}

var CannotRun = cannotRun
