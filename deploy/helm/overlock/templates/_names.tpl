{{/* The beginning of all objects' names. 40 characters leave room for what follows. */}}
{{- define "overlock.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" (.Release.Name | trunc 31 | trimSuffix "-") .Chart.Name -}}
{{- end -}}
{{- end -}}

{{/* The six, in the order of their needs. */}}
{{- define "overlock.services" -}}
config validation executor auth authz edge
{{- end -}}

{{/* Whom a service calls; flags, network policies and nothing else are made of it. Takes (list service). */}}
{{- define "overlock.calls" -}}
{{- get (dict
  "config" "executor"
  "validation" "config"
  "executor" "config"
  "auth" "config executor"
  "authz" "config executor"
  "edge" "config validation auth authz executor") (index . 0) -}}
{{- end -}}

{{/* The port on which a service serves its callers: gRPC, or HTTP for the edge. Takes (list service). */}}
{{- define "overlock.port" -}}
{{- get (dict "config" "9001" "validation" "9002" "auth" "9003" "authz" "9004" "executor" "9005" "edge" "8080") (index . 0) -}}
{{- end -}}

{{/* The port of /metrics, /healthz and /readyz. Takes (list service). */}}
{{- define "overlock.metricsPort" -}}
{{- get (dict "config" "9101" "validation" "9102" "auth" "9103" "authz" "9104" "executor" "9105" "edge" "9100") (index . 0) -}}
{{- end -}}

{{/* The name of a service's headless Service. Takes (list root service). */}}
{{- define "overlock.headless" -}}
{{- $root := index . 0 -}}
{{- $service := index . 1 -}}
{{- include "overlock.fullname" $root }}-{{ $service }}{{ if eq $service "edge" }}-headless{{ end }}
{{- end -}}

{{/* By what the pods of a service are chosen; never changes. Takes (list root service). */}}
{{- define "overlock.selector" -}}
app.kubernetes.io/name: overlock
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* Takes the root. */}}
{{- define "overlock.commonLabels" -}}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
app.kubernetes.io/name: overlock
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: overlock
{{- end -}}

{{/* Takes (list root service). */}}
{{- define "overlock.labels" -}}
{{ include "overlock.commonLabels" (index . 0) }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "overlock.serviceAccount" -}}
{{- if .Values.serviceAccount.name -}}
{{- .Values.serviceAccount.name -}}
{{- else if .Values.serviceAccount.create -}}
{{- include "overlock.fullname" . -}}
{{- else -}}
default
{{- end -}}
{{- end -}}

{{/* Takes (list root service). */}}
{{- define "overlock.image" -}}
{{- $root := index . 0 -}}
{{- $image := (index $root.Values (index . 1)).image -}}
{{- with $root.Values.image.registry }}{{ . }}/{{ end -}}
{{- $image.repository -}}
{{- if $image.digest -}}
@{{ $image.digest }}
{{- else -}}
:{{ $root.Values.image.tag | default $root.Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* "true" where a service keeps a file that one process at a time may have. Takes (list root service). */}}
{{- define "overlock.onVolume" -}}
{{- $values := (index . 0).Values -}}
{{- $service := index . 1 -}}
{{- if and (has $service (list "config" "auth")) (eq $values.database.type "sqlite") -}}
true
{{- else if and (eq $service "executor") $values.executor.embeddedDatabase.enabled -}}
true
{{- end -}}
{{- end -}}

{{/* How many pods; empty where something else decides. Takes (list root service). */}}
{{- define "overlock.replicas" -}}
{{- $own := index (index . 0).Values (index . 1) -}}
{{- if include "overlock.onVolume" . -}}
1
{{- else if and (eq (index . 1) "validation") (not (include "overlock.usesDatabase" .)) (kindIs "invalid" $own.replicas) -}}
1
{{- else if or (and $own.autoscaling $own.autoscaling.enabled) (eq (toString $own.replicas) "-1") -}}
{{- else if kindIs "invalid" $own.replicas -}}
2
{{- else -}}
{{- int $own.replicas -}}
{{- end -}}
{{- end -}}

{{/* Secret with a service's certificate. Takes (list root service). */}}
{{- define "overlock.tlsSecret" -}}
{{- $root := index . 0 -}}
{{- $service := index . 1 -}}
{{- if $root.Values.tls.certManager.enabled -}}
{{- include "overlock.fullname" $root }}-{{ $service }}-tls
{{- else -}}
{{- get $root.Values.tls.secrets $service | required (printf "tls.secrets.%s: name the Secret with tls.crt, tls.key and ca.crt, or use tls.certManager.enabled or tls.insecure" $service) -}}
{{- end -}}
{{- end -}}

{{- define "overlock.sealSecret" -}}
{{- if .Values.sealKeys.create -}}
{{- .Values.sealKeys.secret | default (printf "%s-seal-keys" (include "overlock.fullname" .)) -}}
{{- else -}}
{{- required "sealKeys.secret: name the Secret with a key of 64 hexadecimal digits for each service (README.md, \"Before the first install\"), or set sealKeys.create for trying out" .Values.sealKeys.secret -}}
{{- end -}}
{{- end -}}

{{- define "overlock.databaseSecret" -}}
{{- required "database.secret: name the Secret with the PostgreSQL URLs of config, auth and validation (README.md, \"Before the first install\"), or set database.type to sqlite" .Values.database.secret -}}
{{- end -}}
