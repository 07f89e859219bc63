package template

// LoadBytes is Load of a template that is in no file; its relative paths lead nowhere.
func LoadBytes(data []byte, file string, opt Options) (*Stack, error) {
	if opt.Region == "" {
		opt.Region, opt.StackName = "us-east-1", "localdev"
	}
	p := &part{path: file, file: file}
	var err error
	if p.root, p.notices, err = parse(file, data); err != nil {
		return nil, p.place(err)
	}
	return assemble([]*part{p}, opt)
}
