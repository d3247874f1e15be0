package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pifr-go/pifr/examples/server/internal/audit"
	"github.com/pifr-go/pifr/examples/server/internal/jobs"
	"github.com/pifr-go/pifr/examples/server/internal/keys"
	"github.com/pifr-go/pifr/fspfm/photos/records"
)

// JobList is all jobs.
type JobList struct {
	Jobs []jobs.Job `json:"jobs" nullable:"false" doc:"The newest first"`
}

// JobRecord is a face of a photo, or a photo without one.
type JobRecord struct {
	File    string   `json:"file" doc:"The photo's path"`
	Face    int      `json:"face" doc:"Of the photo's, from 0"`
	Faces   int      `json:"faces" doc:"How many the photo has"`
	Failed  string   `json:"failed,omitempty" doc:"Why the photo could not be worked on"`
	Error   string   `json:"error,omitempty"`
	Box     *Box     `json:"box,omitempty"`
	Pose    *Pose    `json:"pose,omitempty"`
	Score   float64  `json:"score,omitempty"`
	Quality float64  `json:"quality,omitempty"`
	Reasons []string `json:"reasons,omitempty"`
	Doubt   string   `json:"doubt,omitempty"`
}

// JobRecords is a part of what a job has found.
type JobRecords struct {
	Records []JobRecord `json:"records" nullable:"false"`
	Next    int         `json:"next" doc:"From where on to go on; what is beyond may not have been found yet"`
}

func (s *Service) registerJobs(api huma.API) {
	op := operation("start-job", http.MethodPost, "/v1/jobs", "jobs", keys.Write, "Look at all photos of a folder on the server, and group their faces")
	op.DefaultStatus = http.StatusAccepted
	huma.Register(api, op, s.startJob)
	huma.Register(api, operation("list-jobs", http.MethodGet, "/v1/jobs", "jobs", keys.Read, "All jobs"), s.listJobs)
	huma.Register(api, operation("get-job", http.MethodGet, "/v1/jobs/{job}", "jobs", keys.Read, "How far a job is", http.StatusNotFound), s.getJob)
	huma.Register(api, operation("job-records", http.MethodGet, "/v1/jobs/{job}/records", "jobs", keys.Read,
		"What a job has found, without features", http.StatusNotFound), s.jobRecords)
	huma.Register(api, operation("remove-job", http.MethodDelete, "/v1/jobs/{job}", "jobs", keys.Admin,
		"End a job, and remove it with its records; groups keep their faces", http.StatusNotFound), s.removeJob)
}

type startJobInput struct {
	Body struct {
		Folder string `json:"folder" minLength:"1" maxLength:"4096" doc:"Its path on the server, below a folder that the server allows"`
	}
}

func (s *Service) startJob(ctx context.Context, in *startJobInput) (*body[jobs.Job], error) {
	j, err := s.Jobs.New(in.Body.Folder)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return answer(j), nil
}

func (s *Service) listJobs(context.Context, *struct{}) (*body[JobList], error) {
	return answer(JobList{s.Jobs.List()}), nil
}

// JobPath says which job an operation is about.
type JobPath struct {
	ID string `path:"job" maxLength:"100"`
}

func (s *Service) getJob(ctx context.Context, in *JobPath) (*body[jobs.Job], error) {
	j, err := s.Jobs.Get(in.ID)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	return answer(j), nil
}

func (s *Service) removeJob(ctx context.Context, in *JobPath) (*struct{}, error) {
	err := s.audited(ctx, audit.Entry{Action: "remove job", Others: []string{in.ID}}, func() error { return s.Jobs.Remove(in.ID) })
	return nil, s.problem(ctx, err)
}

type jobRecordsInput struct {
	JobPath
	From  int `query:"from" default:"0" minimum:"0"`
	Limit int `query:"limit" default:"500" minimum:"1" maximum:"5000"`
}

func (s *Service) jobRecords(ctx context.Context, in *jobRecordsInput) (*body[JobRecords], error) {
	all, err := s.Jobs.Records(in.ID, in.From)
	if err != nil {
		return nil, s.problem(ctx, err)
	}
	out := JobRecords{Records: []JobRecord{}, Next: in.From}
	for r, err := range all {
		if err != nil {
			return nil, s.problem(ctx, err)
		}
		out.Records = append(out.Records, recordOf(r))
		if out.Next++; len(out.Records) == in.Limit {
			break
		}
	}
	return answer(out), nil
}

func recordOf(r records.Record) JobRecord {
	out := JobRecord{File: r.File.String(), Face: r.Face, Faces: r.Faces, Failed: string(r.Failed), Error: r.Error}
	if r.Faces > 0 {
		out.Box = &Box{round(r.Box[0]), round(r.Box[1]), round(r.Box[2]), round(r.Box[3])}
		out.Pose = &Pose{round(r.Pose.Yaw), round(r.Pose.Pitch), round(r.Pose.Roll)}
		out.Score, out.Quality, out.Reasons, out.Doubt = r.Score, r.Quality, r.Flaws, string(r.Doubt)
	}
	return out
}
