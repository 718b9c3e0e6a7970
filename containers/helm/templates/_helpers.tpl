{{- define "neuvo.labels" -}}
app.kubernetes.io/name: neuvo
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "neuvo.metadata" -}}
{{ include "neuvo.labels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "neuvo.image" -}}
{{- $images := .root.Values.images -}}
{{- $name := get $images .name -}}
{{- with $images.registry }}{{ . }}/{{ end }}{{ $name }}:{{ $images.tag | default .root.Chart.AppVersion }}
{{- end }}

{{- define "neuvo.pod" -}}
automountServiceAccountToken: false
{{- with .Values.images.pullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- /* One machine may go without two of a kind. */ -}}
{{- define "neuvo.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "neuvo.labels" .root | nindent 8 }}
        app.kubernetes.io/component: {{ .name }}
{{- end }}

{{- define "neuvo.container" -}}
imagePullPolicy: {{ .Values.images.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{- define "neuvo.identity" -}}
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .user }}
  runAsGroup: {{ .user }}
  fsGroup: {{ .group }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- /* Where the gateway finds Rasa: each pod by its own name, the same list in every process. */ -}}
{{- define "neuvo.rasas" -}}
{{- $root := . -}}
{{- range $index := until (int .Values.rasa.replicas) -}}
{{- if $index }},{{ end }}http://{{ $root.Release.Name }}-rasa-{{ $index }}.{{ $root.Release.Name }}-rasa:5005
{{- end -}}
{{- end }}

{{- /* `rasa`: where Rasa is, if not at the pods of this release. */ -}}
{{- define "neuvo.settings" -}}
{{- $values := .root.Values -}}
{{- $ours := dict "NEUVO_ENVIRONMENT" "production" "NEUVO_PUBLIC_URL" $values.publicUrl -}}
{{- $ours = merge $ours (dict "NEUVO_WHATSAPP_PHONE_NUMBER_ID" $values.whatsappPhoneNumberId) -}}
{{- $ours = merge $ours (dict "NEUVO_TRUSTED_PROXIES" $values.trustedProxies "NEUVO_INTERNAL_HOST" "0.0.0.0") -}}
{{- $ours = merge $ours (dict "NEUVO_STATE_DIR" "/var/lib/neuvo" "NEUVO_PUBLISHED_DIR" "/var/lib/neuvo/published") -}}
{{- $ours = merge $ours (dict "NEUVO_PUBLISHED_STORE" $values.publishedStore) -}}
{{- $ours = merge $ours (dict "NEUVO_RASA_URL" (.rasa | default (include "neuvo.rasas" .root))) -}}
{{- $ours = merge $ours (.more | default dict) -}}
{{- /* Ours win: the form of a release is not a setting. One line for each name, as the API server wants it. */ -}}
{{- range $name, $value := merge $ours $values.settings }}
- {name: {{ $name }}, value: {{ $value | toString | quote }}}
{{- end }}
{{- end }}

{{- define "neuvo.secretNames" -}}
{{- $names := list "NEUVO_DATABASE_URL" "NEUVO_DATA_KEY" "NEUVO_SECRET_KEY" "NEUVO_RASA_TOKEN" "NEUVO_WHATSAPP_APP_SECRET" "NEUVO_WHATSAPP_VERIFY_TOKEN" "NEUVO_WHATSAPP_ACCESS_TOKEN" -}}
{{- if eq .Values.publishedStore "s3" }}{{ $names = concat $names (list "NEUVO_S3_ACCESS_KEY" "NEUVO_S3_SECRET_KEY") }}{{ end -}}
{{- concat $names .Values.moreSecrets | join " " -}}
{{- end }}

{{- /* Files in /run/secrets, where the settings look for them; each pod sees those that it needs and no other. */ -}}
{{- define "neuvo.secrets" -}}
secret:
  secretName: {{ .root.Values.secret }}
  defaultMode: 0440
  items:
  {{- range .names }}
    - {key: {{ . }}, path: {{ . }}}
  {{- end }}
{{- end }}

{{- define "neuvo.gatewayProbes" -}}
# Ready is true while messages are taken, also degraded; the process is ended only when it does not answer at all.
startupProbe:
  httpGet: {path: /health/live, port: internal}
  periodSeconds: 3
  failureThreshold: 40
readinessProbe:
  httpGet: {path: /health/ready, port: internal}
  periodSeconds: 5
  timeoutSeconds: 2
  failureThreshold: 2
livenessProbe:
  httpGet: {path: /health/live, port: internal}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
{{- end }}
