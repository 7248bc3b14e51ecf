{{/* A service's command line, an item a line. Takes (list root service). */}}
{{- define "overlock.flags" -}}
{{- $root := index . 0 -}}
{{- $service := index . 1 -}}
{{- $values := $root.Values -}}
{{- $own := index $values $service -}}
- --{{ $service }}_listen={{ $values.listenAddress }}:{{ include "overlock.port" (list $service) }}
- --{{ $service }}_metrics_listen={{ $values.listenAddress }}:{{ include "overlock.metricsPort" (list $service) }}
{{- range $callee := splitList " " (include "overlock.calls" (list $service)) }}
- --{{ $callee }}_target=dns:///{{ include "overlock.fullname" $root }}-{{ $callee }}.{{ $root.Release.Namespace }}.svc.{{ $values.clusterDomain }}:{{ include "overlock.port" (list $callee) }}
{{- end }}
{{- if $values.tls.insecure }}
- --insecure
{{- else }}
- --tls_cert=/etc/overlock/tls/tls.crt
- --tls_key=/etc/overlock/tls/tls.key
- --tls_ca=/etc/overlock/tls/ca.crt
{{- end }}
- --drain_timeout={{ int $values.drainSeconds }}s
- --log_level={{ $values.logLevel }}
- --threads={{ int $own.threads }}
{{- if $values.tracing.otlpUrl }}
- --trace_otlp_url={{ $values.tracing.otlpUrl }}
- --trace_sample_ratio={{ $values.tracing.sampleRatio }}
{{- end }}
{{- include (printf "overlock.flags.%s" $service) $root }}
{{- range $flag, $value := $own.flags }}
- {{ printf "--%s=%s" $flag (kindIs "float64" $value | ternary (printf "%v" $value) (toString $value)) | quote }}
{{- end }}
{{- end -}}

{{/* What the five that watch config share. */}}
{{- define "overlock.flags.state" }}
- --state_dir=/var/lib/overlock/state
- --seal_key_file=/etc/overlock/seal/key
{{- end -}}

{{- define "overlock.flags.config" }}
- --config_data_dir=/var/lib/overlock/data
- --config_seal_key_file=/etc/overlock/seal/key
{{- if .Values.sealKeys.oldConfigKeys }}
- --config_old_seal_key_files={{ range $i, $_ := .Values.sealKeys.oldConfigKeys }}{{ if $i }},{{ end }}/etc/overlock/seal/old-{{ $i }}{{ end }}
{{- end }}
{{- if eq .Values.database.type "postgresql" }}
- --config_database_url_file=/etc/overlock/database/url
{{- end }}
{{- end -}}

{{- define "overlock.flags.auth" }}
{{- include "overlock.flags.state" . }}
{{- if eq .Values.database.type "postgresql" }}
- --auth_database_url_file=/etc/overlock/database/url
{{- else }}
- --auth_data_dir=/var/lib/overlock/data
{{- end }}
{{- end -}}

{{- define "overlock.flags.validation" }}
{{- include "overlock.flags.state" . }}
{{- if include "overlock.usesDatabase" (list . "validation") }}
- --validation_database_url_file=/etc/overlock/database/url
{{- end }}
{{- end -}}

{{- define "overlock.flags.authz" }}
{{- include "overlock.flags.state" . }}
{{- end -}}

{{- define "overlock.flags.executor" }}
{{- include "overlock.flags.state" . }}
{{- $executor := .Values.executor }}
- --executor_workers={{ int $executor.workers }}
- --executor_workers_max={{ int $executor.workersMax }}
{{- with $executor.httpAllow }}
- {{ printf "--executor_http_allow=%s" (join "," .) | quote }}
{{- end }}
{{- if $executor.mongodb.secret }}
{{- if $executor.mongodb.uri }}
- --executor_mongodb_uri_file=/etc/overlock/mongodb/uri
{{- end }}
{{- if $executor.mongodb.clusters }}
- --executor_mongodb_clusters_file=/etc/overlock/mongodb/clusters.json
{{- end }}
{{- end }}
- --executor_mongodb_service_uris={{ $executor.mongodb.serviceUris }}
{{- if $executor.embeddedDatabase.enabled }}
- --executor_database=/var/lib/overlock/data/documents.db
{{- end }}
{{- end -}}

{{- define "overlock.flags.edge" }}
{{- include "overlock.flags.state" . }}
{{- with .Values.edge.publicUrl }}
- {{ printf "--edge_public_url=%s" . | quote }}
{{- end }}
{{- with .Values.edge.trustedProxies }}
- {{ printf "--edge_trusted_proxies=%s" (join "," .) | quote }}
{{- end }}
{{- end -}}

{{/* "true" for a service that gets a URL of PostgreSQL. Takes (list root service). */}}
{{- define "overlock.usesDatabase" -}}
{{- $values := (index . 0).Values -}}
{{- $service := index . 1 -}}
{{- if eq $values.database.type "postgresql" -}}
{{- if or (has $service (list "config" "auth")) (and (eq $service "validation") (eq $values.validation.deliveries "database")) -}}
true
{{- end -}}
{{- end -}}
{{- end -}}
