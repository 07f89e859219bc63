package emulator

import (
	"io"
	"net/http"

	"github.com/parley-rtc/parley/localdev/internal/weather"
)

// startWeather reads the weather file, if there is one. It is fair until then.
func (e *Emulator) startWeather() error {
	names := weather.Names{Functions: map[string]string{}, Tables: map[string]string{}}
	for _, f := range e.stack.Functions {
		for _, name := range []string{f.Folder, f.LogicalID, f.Name} {
			names.Functions[name] = f.Name
		}
	}
	for _, t := range e.stack.Tables {
		names.Tables[t.LogicalID], names.Tables[t.Name] = t.Name, t.Name
	}
	e.weather = weather.New(&e.clock, names)
	if e.opt.Weather == "" {
		return nil
	}
	f, err := weather.Load(e.opt.Weather)
	if err != nil {
		return err
	}
	if err := e.weather.Add(f); err != nil {
		return &weather.Error{Path: e.opt.Weather, Line: 1, Msg: err.Error()}
	}
	return nil
}

const maxForecast = 1024 * 1024 // bytes of a weather file sent over HTTP

// addWeather takes one rule or a whole weather file.
func (e *Emulator) addWeather(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForecast))
	if err != nil {
		problem(w, http.StatusRequestEntityTooLarge, err.Error())
		return
	}
	f, err := weather.Parse(body)
	if err == nil {
		err = e.weather.Add(f)
	}
	if err != nil {
		problem(w, http.StatusBadRequest, err.Error())
		return
	}
	reply(w, e.weather.Report())
}

// removeWeather removes the rule of that name, or all.
func (e *Emulator) removeWeather(w http.ResponseWriter, name string) {
	if !e.weather.Remove(name) && name != "" {
		problem(w, http.StatusNotFound, "no such rule: "+name)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
