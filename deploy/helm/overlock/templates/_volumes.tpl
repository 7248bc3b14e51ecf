{{/* Where a container finds its volumes. Takes (list root service). */}}
{{- define "overlock.mounts" -}}
{{- $root := index . 0 -}}
{{- $service := index . 1 -}}
{{- $values := $root.Values -}}
- name: state
  mountPath: /var/lib/overlock
- name: seal
  mountPath: /etc/overlock/seal
  readOnly: true
{{- if include "overlock.onVolume" . }}
- name: data
  mountPath: /var/lib/overlock/data
# SQLite's own files for large sorts.
- name: tmp
  mountPath: /tmp
{{- end }}
{{- if not $values.tls.insecure }}
- name: tls
  mountPath: /etc/overlock/tls
  readOnly: true
{{- end }}
{{- if include "overlock.usesDatabase" . }}
- name: database
  mountPath: /etc/overlock/database
  readOnly: true
{{- end }}
{{- if and (eq $service "executor") $values.executor.mongodb.secret }}
- name: mongodb
  mountPath: /etc/overlock/mongodb
  readOnly: true
{{- end }}
{{- end -}}

{{/* A pod's volumes: of each Secret only the entries that are this service's. Takes (list root service). */}}
{{- define "overlock.volumes" -}}
{{- $root := index . 0 -}}
{{- $service := index . 1 -}}
{{- $values := $root.Values -}}
# The last state of the configuration, or config's first admin token.
- name: state
  emptyDir:
    sizeLimit: 1Gi
- name: seal
  secret:
    secretName: {{ include "overlock.sealSecret" $root }}
    defaultMode: 0440
    items:
      - key: {{ $service }}
        path: key
      {{- if eq $service "config" }}
      {{- range $i, $key := $values.sealKeys.oldConfigKeys }}
      - key: {{ $key }}
        path: old-{{ $i }}
      {{- end }}
      {{- end }}
{{- if include "overlock.onVolume" . }}
- name: data
  persistentVolumeClaim:
    claimName: {{ include "overlock.claim" . }}
- name: tmp
  emptyDir:
    sizeLimit: 1Gi
{{- end }}
{{- if not $values.tls.insecure }}
- name: tls
  secret:
    secretName: {{ include "overlock.tlsSecret" . }}
    defaultMode: 0440
    items:
      {{- range $file := list "tls.crt" "tls.key" "ca.crt" }}
      - key: {{ $file }}
        path: {{ $file }}
      {{- end }}
{{- end }}
{{- if include "overlock.usesDatabase" . }}
- name: database
  secret:
    secretName: {{ include "overlock.databaseSecret" $root }}
    defaultMode: 0440
    items:
      - key: {{ $service }}
        path: url
{{- end }}
{{- if and (eq $service "executor") $values.executor.mongodb.secret }}
- name: mongodb
  secret:
    secretName: {{ $values.executor.mongodb.secret }}
    defaultMode: 0440
    items:
      {{- if $values.executor.mongodb.uri }}
      - key: uri
        path: uri
      {{- end }}
      {{- if $values.executor.mongodb.clusters }}
      - key: clusters.json
        path: clusters.json
      {{- end }}
{{- end }}
{{- end -}}

{{/* The PersistentVolumeClaim of a service's file that somebody else made; empty where the chart makes it. */}}
{{- define "overlock.ownClaim" -}}
{{- $values := (index . 0).Values -}}
{{- get (dict
  "config" $values.database.sqlite.configClaim
  "auth" $values.database.sqlite.authClaim
  "executor" $values.executor.embeddedDatabase.claim) (index . 1) -}}
{{- end -}}

{{/* Takes (list root service). */}}
{{- define "overlock.claim" -}}
{{- include "overlock.ownClaim" . | default (printf "%s-%s" (include "overlock.fullname" (index . 0)) (index . 1)) -}}
{{- end -}}
