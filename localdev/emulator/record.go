package emulator

import (
	"github.com/parley-rtc/parley/localdev/internal/apigw"
	"github.com/parley-rtc/parley/localdev/internal/replay"
)

// startRecorder opens the file of Options.Record, if there is one.
func (e *Emulator) startRecorder() error {
	if e.opt.Record == "" {
		return nil
	}
	recorder, err := replay.Record(e.opt.Record, e.stack.Path, e.log)
	if err != nil {
		return err
	}
	e.recorder = recorder
	e.log.Warn("recording what clients send, tokens included", "file", e.opt.Record)
	return nil
}

// recording is what a Gateway tells; a nil interface without a recorder.
func (e *Emulator) recording() apigw.Recorder {
	if e.recorder == nil {
		return nil
	}
	return e.recorder
}
