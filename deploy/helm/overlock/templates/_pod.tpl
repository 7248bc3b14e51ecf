{{/* The pod of a service, from `metadata` on. Takes (list root service). */}}
{{- define "overlock.pod" -}}
{{- $root := index . 0 -}}
{{- $service := index . 1 -}}
{{- $values := $root.Values -}}
{{- $own := index $values $service -}}
metadata:
  labels:
    {{- include "overlock.selector" . | nindent 4 }}
    app.kubernetes.io/part-of: overlock
    {{- with merge (dict) $own.podLabels $values.pod.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- with merge (dict) $own.podAnnotations $values.pod.annotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "overlock.serviceAccount" $root }}
  automountServiceAccountToken: false
  # Variables of other Services would begin with OVERLOCK_, as those that set flags do.
  enableServiceLinks: false
  {{- with $values.image.pullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    {{- if not (kindIs "invalid" $values.pod.runAsUser) }}
    runAsUser: {{ int64 $values.pod.runAsUser }}
    {{- end }}
    {{- if not (kindIs "invalid" $values.pod.runAsGroup) }}
    runAsGroup: {{ int64 $values.pod.runAsGroup }}
    {{- end }}
    {{- if not (kindIs "invalid" $values.pod.fsGroup) }}
    fsGroup: {{ int64 $values.pod.fsGroup }}
    {{- end }}
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile:
      type: RuntimeDefault
  # The services' full names have four dots: with the usual five each look-up would try the search list first.
  dnsConfig:
    options:
      - name: ndots
        value: "2"
  terminationGracePeriodSeconds: {{ add (int $values.preStopSeconds) (int $values.drainSeconds) 5 }}
  topologySpreadConstraints:
    {{- if kindIs "invalid" $own.topologySpread }}
    {{- range $key := list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
    - maxSkew: 1
      topologyKey: {{ $key }}
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "overlock.selector" (list $root $service) | nindent 10 }}
      matchLabelKeys: [pod-template-hash]
    {{- end }}
    {{- else }}
    {{- toYaml $own.topologySpread | nindent 4 }}
    {{- end }}
  {{- with $own.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $own.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $own.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $own.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  containers:
    - name: {{ $service }}
      image: {{ include "overlock.image" . | quote }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      args:
        {{- include "overlock.flags" . | nindent 8 }}
      ports:
        - name: {{ eq $service "edge" | ternary "http" "grpc" }}
          containerPort: {{ include "overlock.port" (list $service) }}
        - name: metrics
          containerPort: {{ include "overlock.metricsPort" (list $service) }}
      startupProbe:
        httpGet: {path: /healthz, port: metrics}
        periodSeconds: 2
        failureThreshold: 60
      livenessProbe:
        httpGet: {path: /healthz, port: metrics}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: {path: /readyz, port: metrics}
        periodSeconds: 3
        timeoutSeconds: 3
        failureThreshold: 2
      {{- if $values.preStopSeconds }}
      lifecycle:
        preStop:
          sleep:
            seconds: {{ int $values.preStopSeconds }}
      {{- end }}
      resources:
        {{- toYaml $own.resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        privileged: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
      volumeMounts:
        {{- include "overlock.mounts" . | nindent 8 }}
        {{- with $own.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    {{- include "overlock.volumes" . | nindent 4 }}
    {{- with $own.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}
