{{- define "llmproxy.fullname" -}}
{{- $name := default "llmproxy" .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name -}}
{{- end -}}
{{- end -}}

{{- define "llmproxy.metadata" -}}
namespace: {{ .Release.Namespace }}
labels:
  helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
  app.kubernetes.io/name: llmproxy
  app.kubernetes.io/instance: {{ .Release.Name }}
  app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
  app.kubernetes.io/part-of: llmproxy
  app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{- define "llmproxy.selector" -}}
app.kubernetes.io/name: llmproxy
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: proxy
{{- end -}}

{{- define "llmproxy.redis.selector" -}}
app.kubernetes.io/name: llmproxy
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: redis
{{- end -}}

{{/* Numbers of values.yaml are floats, which toString writes as 3.3554432e+07. */}}
{{- define "llmproxy.text" -}}
{{- if kindIs "float64" . -}}
{{- if eq (floor .) . -}}{{ int64 . }}{{- else -}}{{ . }}{{- end -}}
{{- else -}}
{{- toString . -}}
{{- end -}}
{{- end -}}

{{- define "llmproxy.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}{{ .repository }}@{{ .digest }}{{- else -}}{{ .repository }}:{{ default $.Chart.AppVersion .tag }}{{- end -}}
{{- end -}}
{{- end -}}

{{/* The text of the mapping file, empty without one. */}}
{{- define "llmproxy.mapping" -}}
{{- if kindIs "string" .Values.mapping -}}
{{- .Values.mapping -}}
{{- else if .Values.mapping -}}
{{- toYaml .Values.mapping -}}
{{- end -}}
{{- end -}}

{{/* All variables of the ConfigMap: those that follow from other values, and `settings`, which have precedence. */}}
{{- define "llmproxy.settings" -}}
{{- $all := dict -}}
{{- with .Values.upstream.baseUrl }}{{ $_ := set $all "OPENAI_API_BASE_URL" . }}{{ end -}}
{{- if .Values.mapping }}{{ $_ := set $all "MODEL_MAPPING_FILE" "/etc/llmproxy/mapping.yaml" }}{{ end -}}
{{- if or .Values.ingress.enabled .Values.gateway.enabled }}{{ $_ := set $all "TRUSTED_PROXIES" "1" }}{{ end -}}
{{- if .Values.redis.enabled -}}
{{- $replicas := ternary .Values.autoscaling.minReplicas .Values.replicas .Values.autoscaling.enabled -}}
{{- $_ := set $all "EXPECTED_REPLICAS" (include "llmproxy.text" $replicas) -}}
{{- end -}}
{{- range $name, $value := .Values.settings }}{{ $_ := set $all $name (include "llmproxy.text" $value) }}{{ end -}}
{{- toYaml $all -}}
{{- end -}}

{{/* Names of the variables that come from the Secret, as a JSON array. */}}
{{- define "llmproxy.secretKeys" -}}
{{- if .Values.secrets.existing -}}
{{- toJson .Values.secrets.keys -}}
{{- else -}}
{{- keys .Values.secrets.values | sortAlpha | toJson -}}
{{- end -}}
{{- end -}}
