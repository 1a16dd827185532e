export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[]

export type Database = {
  everwatch: {
    Tables: {
      api_audit_logs: {
        Row: {
          api_key_id: string | null
          bytes_out: number | null
          created_at: string
          duration_ms: number | null
          id: string
          ip: unknown
          method: string
          org_id: string
          path: string
          request_id: string | null
          resource_type: string | null
          status_code: number
          user_agent: string | null
        }
        Insert: {
          api_key_id?: string | null
          bytes_out?: number | null
          created_at?: string
          duration_ms?: number | null
          id?: string
          ip?: unknown
          method: string
          org_id: string
          path: string
          request_id?: string | null
          resource_type?: string | null
          status_code: number
          user_agent?: string | null
        }
        Update: {
          api_key_id?: string | null
          bytes_out?: number | null
          created_at?: string
          duration_ms?: number | null
          id?: string
          ip?: unknown
          method?: string
          org_id?: string
          path?: string
          request_id?: string | null
          resource_type?: string | null
          status_code?: number
          user_agent?: string | null
        }
        Relationships: [
          {
            foreignKeyName: 'api_audit_logs_org_id_api_key_id_fkey'
            columns: ['org_id', 'api_key_id']
            isOneToOne: false
            referencedRelation: 'api_keys'
            referencedColumns: ['org_id', 'id']
          },
          {
            foreignKeyName: 'api_audit_logs_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'orgs'
            referencedColumns: ['id']
          },
          {
            foreignKeyName: 'api_audit_logs_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'v_alert_policies'
            referencedColumns: ['org_id']
          },
          {
            foreignKeyName: 'api_audit_logs_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'v_insight_kinds'
            referencedColumns: ['org_id']
          },
        ]
      }
      api_keys: {
        Row: {
          created_at: string
          digest: string
          id: string
          name: string
          org_id: string
          prefix: string
          revoked_at: string | null
        }
        Insert: {
          created_at?: string
          digest: string
          id?: string
          name: string
          org_id: string
          prefix: string
          revoked_at?: string | null
        }
        Update: {
          created_at?: string
          digest?: string
          id?: string
          name?: string
          org_id?: string
          prefix?: string
          revoked_at?: string | null
        }
        Relationships: [
          {
            foreignKeyName: 'api_keys_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'orgs'
            referencedColumns: ['id']
          },
          {
            foreignKeyName: 'api_keys_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'v_alert_policies'
            referencedColumns: ['org_id']
          },
          {
            foreignKeyName: 'api_keys_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'v_insight_kinds'
            referencedColumns: ['org_id']
          },
        ]
      }
      api_rate_limits: {
        Row: {
          identifier: string
          key_type: string
          limit_max: number
          org_id: string
          request_count: number
          updated_at: string
          window_end: string
          window_seconds: number
          window_start: string
        }
        Insert: {
          identifier: string
          key_type: string
          limit_max: number
          org_id: string
          request_count: number
          updated_at?: string
          window_end?: never
          window_seconds?: number
          window_start: string
        }
        Update: {
          identifier?: string
          key_type?: string
          limit_max?: number
          org_id?: string
          request_count?: number
          updated_at?: string
          window_end?: never
          window_seconds?: number
          window_start?: string
        }
        Relationships: [
          {
            foreignKeyName: 'api_rate_limits_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'orgs'
            referencedColumns: ['id']
          },
          {
            foreignKeyName: 'api_rate_limits_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'v_alert_policies'
            referencedColumns: ['org_id']
          },
          {
            foreignKeyName: 'api_rate_limits_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'v_insight_kinds'
            referencedColumns: ['org_id']
          },
        ]
      }
      automation_rules: {
        Row: {
          created_at: string
          enabled: boolean
          id: string
          last_triggered_at: string | null
          name: string
          org_id: string
          segment_id: string | null
          trigger_count: number
          type: string
        }
        Insert: {
          created_at?: string
          enabled?: boolean
          id?: string
          last_triggered_at?: string | null
          name: string
          org_id: string
          segment_id?: string | null
          trigger_count?: number
          type: string
        }
        Update: {
          created_at?: string
          enabled?: boolean
          id?: string
          last_triggered_at?: string | null
          name?: string
          org_id?: string
          segment_id?: string | null
          trigger_count?: number
          type?: string
        }
        Relationships: [
          {
            foreignKeyName: 'automation_rules_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'orgs'
            referencedColumns: ['id']
          },
          {
            foreignKeyName: 'automation_rules_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'v_alert_policies'
            referencedColumns: ['org_id']
          },
          {
            foreignKeyName: 'automation_rules_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'v_insight_kinds'
            referencedColumns: ['org_id']
          },
          {
            foreignKeyName: 'automation_rules_org_id_segment_id_fkey'
            columns: ['org_id', 'segment_id']
            isOneToOne: false
            referencedRelation: 'segments'
            referencedColumns: ['org_id', 'id']
          },
        ]
      }
      deploys: {
        Row: {
          deployed_at: string
          id: string
          looked_minutes: number
          next_look_at: string | null
          org_id: string
          service: string
          version: string
        }
        Insert: {
          deployed_at?: string
          id?: string
          looked_minutes?: number
          next_look_at?: string | null
          org_id: string
          service: string
          version: string
        }
        Update: {
          deployed_at?: string
          id?: string
          looked_minutes?: number
          next_look_at?: string | null
          org_id?: string
          service?: string
          version?: string
        }
        Relationships: [
          {
            foreignKeyName: 'deploys_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'orgs'
            referencedColumns: ['id']
          },
          {
            foreignKeyName: 'deploys_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'v_alert_policies'
            referencedColumns: ['org_id']
          },
          {
            foreignKeyName: 'deploys_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'v_insight_kinds'
            referencedColumns: ['org_id']
          },
        ]
      }
      metric_rollups: {
        Row: {
          bins: number[] | null
          count: number
          hour: string
          last: number
          last_at: string
          max: number
          min: number
          org_id: string
          series_id: string
          sum: number
        }
        Insert: {
          bins?: number[] | null
          count: number
          hour: string
          last: number
          last_at: string
          max: number
          min: number
          org_id: string
          series_id: string
          sum: number
        }
        Update: {
          bins?: number[] | null
          count?: number
          hour?: string
          last?: number
          last_at?: string
          max?: number
          min?: number
          org_id?: string
          series_id?: string
          sum?: number
        }
        Relationships: [
          {
            foreignKeyName: 'metric_rollups_org_id_series_id_fkey'
            columns: ['org_id', 'series_id']
            isOneToOne: false
            referencedRelation: 'metric_series'
            referencedColumns: ['org_id', 'id']
          },
        ]
      }
      metric_series: {
        Row: {
          created_at: string
          id: string
          kind: string
          labels: NonNullable<Json>
          name: string
          org_id: string
        }
        Insert: {
          created_at?: string
          id?: string
          kind: string
          labels?: NonNullable<Json>
          name: string
          org_id: string
        }
        Update: {
          created_at?: string
          id?: string
          kind?: string
          labels?: NonNullable<Json>
          name?: string
          org_id?: string
        }
        Relationships: [
          {
            foreignKeyName: 'metric_series_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'orgs'
            referencedColumns: ['id']
          },
          {
            foreignKeyName: 'metric_series_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'v_alert_policies'
            referencedColumns: ['org_id']
          },
          {
            foreignKeyName: 'metric_series_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'v_insight_kinds'
            referencedColumns: ['org_id']
          },
        ]
      }
      mv_rule_performance: {
        Row: {
          avg_duration_ms: number | null
          created_at: string
          enabled: boolean
          executions_24h: number
          executions_7d: number
          failed_executions: number
          last_triggered_at: string | null
          org_id: string
          rule_id: string
          rule_name: string
          rule_type: string
          segment_id: string | null
          segment_member_count: number | null
          segment_name: string | null
          success_rate_pct: number | null
          successful_executions: number
          total_affected_contacts: number
          total_executions: number
          trigger_count: number
        }
        Insert: {
          avg_duration_ms?: number | null
          created_at: string
          enabled: boolean
          executions_24h: number
          executions_7d: number
          failed_executions: number
          last_triggered_at?: string | null
          org_id: string
          rule_id: string
          rule_name: string
          rule_type: string
          segment_id?: string | null
          segment_member_count?: number | null
          segment_name?: string | null
          success_rate_pct?: number | null
          successful_executions: number
          total_affected_contacts: number
          total_executions: number
          trigger_count: number
        }
        Update: {
          avg_duration_ms?: number | null
          created_at?: string
          enabled?: boolean
          executions_24h?: number
          executions_7d?: number
          failed_executions?: number
          last_triggered_at?: string | null
          org_id?: string
          rule_id?: string
          rule_name?: string
          rule_type?: string
          segment_id?: string | null
          segment_member_count?: number | null
          segment_name?: string | null
          success_rate_pct?: number | null
          successful_executions?: number
          total_affected_contacts?: number
          total_executions?: number
          trigger_count?: number
        }
        Relationships: []
      }
      mv_webhook_performance: {
        Row: {
          avg_duration_ms: number | null
          consecutive_failures: number
          created_at: string
          deliveries_24h: number
          deliveries_7d: number
          enabled: boolean
          failed_deliveries: number
          failures_24h: number
          failures_7d: number
          last_failure_at: string | null
          last_success_at: string | null
          max_duration_ms: number | null
          org_id: string
          p95_duration_ms: number | null
          pending_deliveries: number
          success_rate_pct: number | null
          successful_deliveries: number
          total_deliveries: number
          url: string
          webhook_id: string
        }
        Insert: {
          avg_duration_ms?: number | null
          consecutive_failures: number
          created_at: string
          deliveries_24h: number
          deliveries_7d: number
          enabled: boolean
          failed_deliveries: number
          failures_24h: number
          failures_7d: number
          last_failure_at?: string | null
          last_success_at?: string | null
          max_duration_ms?: number | null
          org_id: string
          p95_duration_ms?: number | null
          pending_deliveries: number
          success_rate_pct?: number | null
          successful_deliveries: number
          total_deliveries: number
          url: string
          webhook_id: string
        }
        Update: {
          avg_duration_ms?: number | null
          consecutive_failures?: number
          created_at?: string
          deliveries_24h?: number
          deliveries_7d?: number
          enabled?: boolean
          failed_deliveries?: number
          failures_24h?: number
          failures_7d?: number
          last_failure_at?: string | null
          last_success_at?: string | null
          max_duration_ms?: number | null
          org_id?: string
          p95_duration_ms?: number | null
          pending_deliveries?: number
          success_rate_pct?: number | null
          successful_deliveries?: number
          total_deliveries?: number
          url?: string
          webhook_id?: string
        }
        Relationships: []
      }
      org_members: {
        Row: {
          created_at: string
          org_id: string
          role: string
          user_id: string
        }
        Insert: {
          created_at?: string
          org_id: string
          role: string
          user_id: string
        }
        Update: {
          created_at?: string
          org_id?: string
          role?: string
          user_id?: string
        }
        Relationships: [
          {
            foreignKeyName: 'org_members_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'orgs'
            referencedColumns: ['id']
          },
          {
            foreignKeyName: 'org_members_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'v_alert_policies'
            referencedColumns: ['org_id']
          },
          {
            foreignKeyName: 'org_members_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'v_insight_kinds'
            referencedColumns: ['org_id']
          },
        ]
      }
      orgs: {
        Row: {
          created_at: string
          id: string
          name: string
        }
        Insert: {
          created_at?: string
          id?: string
          name: string
        }
        Update: {
          created_at?: string
          id?: string
          name?: string
        }
        Relationships: []
      }
      rule_executions: {
        Row: {
          affected_contacts: number
          duration_ms: number | null
          error: string | null
          executed_at: string
          id: string
          org_id: string
          rule_id: string
          status: string
        }
        Insert: {
          affected_contacts?: number
          duration_ms?: number | null
          error?: string | null
          executed_at?: string
          id?: string
          org_id: string
          rule_id: string
          status: string
        }
        Update: {
          affected_contacts?: number
          duration_ms?: number | null
          error?: string | null
          executed_at?: string
          id?: string
          org_id?: string
          rule_id?: string
          status?: string
        }
        Relationships: [
          {
            foreignKeyName: 'rule_executions_org_id_rule_id_fkey'
            columns: ['org_id', 'rule_id']
            isOneToOne: false
            referencedRelation: 'automation_rules'
            referencedColumns: ['org_id', 'id']
          },
        ]
      }
      segments: {
        Row: {
          created_at: string
          id: string
          member_count: number
          name: string
          org_id: string
        }
        Insert: {
          created_at?: string
          id?: string
          member_count?: number
          name: string
          org_id: string
        }
        Update: {
          created_at?: string
          id?: string
          member_count?: number
          name?: string
          org_id?: string
        }
        Relationships: [
          {
            foreignKeyName: 'segments_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'orgs'
            referencedColumns: ['id']
          },
          {
            foreignKeyName: 'segments_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'v_alert_policies'
            referencedColumns: ['org_id']
          },
          {
            foreignKeyName: 'segments_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'v_insight_kinds'
            referencedColumns: ['org_id']
          },
        ]
      }
      versions: {
        Row: {
          checksum: string
          installed_at: string
          version: string
        }
        Insert: {
          checksum: string
          installed_at?: string
          version: string
        }
        Update: {
          checksum?: string
          installed_at?: string
          version?: string
        }
        Relationships: []
      }
      webhook_deliveries: {
        Row: {
          attempt: number
          bytes_out: number | null
          duration_ms: number | null
          error: string | null
          event_type: string | null
          id: string
          org_id: string
          sent_at: string
          status: string
          status_code: number | null
          webhook_id: string
        }
        Insert: {
          attempt?: number
          bytes_out?: number | null
          duration_ms?: number | null
          error?: string | null
          event_type?: string | null
          id?: string
          org_id: string
          sent_at?: string
          status: string
          status_code?: number | null
          webhook_id: string
        }
        Update: {
          attempt?: number
          bytes_out?: number | null
          duration_ms?: number | null
          error?: string | null
          event_type?: string | null
          id?: string
          org_id?: string
          sent_at?: string
          status?: string
          status_code?: number | null
          webhook_id?: string
        }
        Relationships: [
          {
            foreignKeyName: 'webhook_deliveries_org_id_webhook_id_fkey'
            columns: ['org_id', 'webhook_id']
            isOneToOne: false
            referencedRelation: 'v_webhook_health'
            referencedColumns: ['org_id', 'webhook_id']
          },
          {
            foreignKeyName: 'webhook_deliveries_org_id_webhook_id_fkey'
            columns: ['org_id', 'webhook_id']
            isOneToOne: false
            referencedRelation: 'webhooks'
            referencedColumns: ['org_id', 'id']
          },
        ]
      }
      webhooks: {
        Row: {
          consecutive_failures: number
          created_at: string
          enabled: boolean
          id: string
          last_failure_at: string | null
          org_id: string
          url: string
        }
        Insert: {
          consecutive_failures?: number
          created_at?: string
          enabled?: boolean
          id?: string
          last_failure_at?: string | null
          org_id: string
          url: string
        }
        Update: {
          consecutive_failures?: number
          created_at?: string
          enabled?: boolean
          id?: string
          last_failure_at?: string | null
          org_id?: string
          url?: string
        }
        Relationships: [
          {
            foreignKeyName: 'webhooks_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'orgs'
            referencedColumns: ['id']
          },
          {
            foreignKeyName: 'webhooks_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'v_alert_policies'
            referencedColumns: ['org_id']
          },
          {
            foreignKeyName: 'webhooks_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'v_insight_kinds'
            referencedColumns: ['org_id']
          },
        ]
      }
    }
    Views: {
      v_alert_conditions: {
        Row: {
          message: string | null
          org_id: string | null
          resource_id: string | null
          resource_name: string | null
          resource_type: string | null
          severity: string | null
          threshold: number | null
          type: string | null
          value: number | null
        }
        Relationships: []
      }
      v_alert_history: {
        Row: {
          actor: string | null
          alert_id: string | null
          at: string | null
          id: number | null
          kind: string | null
          message: string | null
          org_id: string | null
          resource_id: string | null
          resource_name: string | null
          resource_type: string | null
          severity: string | null
          suppressed_by: string | null
          type: string | null
          value: number | null
        }
        Relationships: []
      }
      v_alert_policies: {
        Row: {
          critical: number | null
          enabled: boolean | null
          keep_firing_for: string | null
          minimum_sample: number | null
          org_id: string | null
          pending_for: string | null
          recovery: number | null
          repeat_interval: string | null
          type: string | null
          unit: string | null
          warning: number | null
        }
        Relationships: []
      }
      v_alerts: {
        Row: {
          acknowledged_at: string | null
          acknowledged_by: string | null
          acknowledged_until: string | null
          fingerprint: string | null
          fired_at: string | null
          held_back_by: string | null
          id: string | null
          last_notified_at: string | null
          message: string | null
          org_id: string | null
          recovering_at: string | null
          resolved_at: string | null
          resource_id: string | null
          resource_name: string | null
          resource_type: string | null
          severity: string | null
          started_at: string | null
          state: string | null
          threshold: number | null
          type: string | null
          value: number | null
        }
        Insert: {
          acknowledged_at?: string | null
          acknowledged_by?: string | null
          acknowledged_until?: string | null
          fingerprint?: string | null
          fired_at?: string | null
          held_back_by?: string | null
          id?: string | null
          last_notified_at?: string | null
          message?: string | null
          org_id?: string | null
          recovering_at?: string | null
          resolved_at?: string | null
          resource_id?: string | null
          resource_name?: string | null
          resource_type?: string | null
          severity?: string | null
          started_at?: string | null
          state?: string | null
          threshold?: number | null
          type?: string | null
          value?: number | null
        }
        Update: {
          acknowledged_at?: string | null
          acknowledged_by?: string | null
          acknowledged_until?: string | null
          fingerprint?: string | null
          fired_at?: string | null
          held_back_by?: string | null
          id?: string | null
          last_notified_at?: string | null
          message?: string | null
          org_id?: string | null
          recovering_at?: string | null
          resolved_at?: string | null
          resource_id?: string | null
          resource_name?: string | null
          resource_type?: string | null
          severity?: string | null
          started_at?: string | null
          state?: string | null
          threshold?: number | null
          type?: string | null
          value?: number | null
        }
        Relationships: []
      }
      v_api_usage_metrics: {
        Row: {
          avg_response_time_ms: number | null
          errors_by_status_code: Json | null
          failed_requests: number | null
          hour: string | null
          max_response_time_ms: number | null
          org_id: string | null
          p95_response_time_ms: number | null
          requests_by_resource: Json | null
          success_rate_pct: number | null
          successful_requests: number | null
          total_requests: number | null
        }
        Relationships: []
      }
      v_deploy_comparisons: {
        Row: {
          after: number | null
          before: number | null
          change: number | null
          change_high: number | null
          change_low: number | null
          deploy_id: string | null
          measure: string | null
          metric: string | null
          org_id: string | null
          p_value: number | null
          q_value: number | null
          resource_id: string | null
          resource_name: string | null
          resource_type: string | null
          rows_after: number | null
          rows_before: number | null
          verdict: string | null
        }
        Insert: {
          after?: number | null
          before?: number | null
          change?: number | null
          change_high?: number | null
          change_low?: number | null
          deploy_id?: string | null
          measure?: string | null
          metric?: string | null
          org_id?: string | null
          p_value?: number | null
          q_value?: number | null
          resource_id?: string | null
          resource_name?: string | null
          resource_type?: string | null
          rows_after?: number | null
          rows_before?: number | null
          verdict?: string | null
        }
        Update: {
          after?: number | null
          before?: number | null
          change?: number | null
          change_high?: number | null
          change_low?: number | null
          deploy_id?: string | null
          measure?: string | null
          metric?: string | null
          org_id?: string | null
          p_value?: number | null
          q_value?: number | null
          resource_id?: string | null
          resource_name?: string | null
          resource_type?: string | null
          rows_after?: number | null
          rows_before?: number | null
          verdict?: string | null
        }
        Relationships: []
      }
      v_deploys: {
        Row: {
          better: number | null
          deployed_at: string | null
          id: string | null
          is_final: boolean | null
          org_id: string | null
          same: number | null
          service: string | null
          verdict: string | null
          version: string | null
          worse: number | null
        }
        Relationships: [
          {
            foreignKeyName: 'deploys_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'orgs'
            referencedColumns: ['id']
          },
          {
            foreignKeyName: 'deploys_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'v_alert_policies'
            referencedColumns: ['org_id']
          },
          {
            foreignKeyName: 'deploys_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'v_insight_kinds'
            referencedColumns: ['org_id']
          },
        ]
      }
      v_error_budgets: {
        Row: {
          budget_left: number | null
          burn_rate_1h: number | null
          burn_rate_30m: number | null
          burn_rate_3d: number | null
          burn_rate_5m: number | null
          burn_rate_6h: number | null
          earliest: string | null
          exhausted_at: string | null
          failed: number | null
          latest: string | null
          metric: string | null
          org_id: string | null
          target: number | null
          total: number | null
        }
        Relationships: []
      }
      v_insight_kinds: {
        Row: {
          enabled: boolean | null
          kind: string | null
          org_id: string | null
        }
        Relationships: []
      }
      v_insights: {
        Row: {
          acknowledged_at: string | null
          acknowledged_by: string | null
          detail: Json | null
          ended_at: string | null
          expected_at: string | null
          expected_by: string | null
          first_stated_at: string | null
          id: string | null
          kind: string | null
          last_stated_at: string | null
          metric: string | null
          org_id: string | null
          resource_id: string | null
          resource_name: string | null
          resource_type: string | null
          sentence: string | null
          severity: string | null
        }
        Insert: {
          acknowledged_at?: string | null
          acknowledged_by?: string | null
          detail?: Json | null
          ended_at?: string | null
          expected_at?: string | null
          expected_by?: string | null
          first_stated_at?: string | null
          id?: string | null
          kind?: string | null
          last_stated_at?: string | null
          metric?: string | null
          org_id?: string | null
          resource_id?: string | null
          resource_name?: string | null
          resource_type?: string | null
          sentence?: string | null
          severity?: string | null
        }
        Update: {
          acknowledged_at?: string | null
          acknowledged_by?: string | null
          detail?: Json | null
          ended_at?: string | null
          expected_at?: string | null
          expected_by?: string | null
          first_stated_at?: string | null
          id?: string | null
          kind?: string | null
          last_stated_at?: string | null
          metric?: string | null
          org_id?: string | null
          resource_id?: string | null
          resource_name?: string | null
          resource_type?: string | null
          sentence?: string | null
          severity?: string | null
        }
        Relationships: []
      }
      v_notification_channels: {
        Row: {
          created_at: string | null
          disabled_because: string | null
          email_from: string | null
          email_to: string[] | null
          enabled: boolean | null
          group_seconds: number | null
          id: string | null
          kind: string | null
          min_severity: string | null
          mute_windows: Json | null
          name: string | null
          org_id: string | null
          previous_secret_until: string | null
          target: string | null
          types: string[] | null
        }
        Insert: {
          created_at?: string | null
          disabled_because?: string | null
          email_from?: string | null
          email_to?: string[] | null
          enabled?: boolean | null
          group_seconds?: number | null
          id?: string | null
          kind?: string | null
          min_severity?: string | null
          mute_windows?: Json | null
          name?: string | null
          org_id?: string | null
          previous_secret_until?: string | null
          target?: string | null
          types?: string[] | null
        }
        Update: {
          created_at?: string | null
          disabled_because?: string | null
          email_from?: string | null
          email_to?: string[] | null
          enabled?: boolean | null
          group_seconds?: number | null
          id?: string | null
          kind?: string | null
          min_severity?: string | null
          mute_windows?: Json | null
          name?: string | null
          org_id?: string | null
          previous_secret_until?: string | null
          target?: string | null
          types?: string[] | null
        }
        Relationships: []
      }
      v_notifications: {
        Row: {
          alert_id: string | null
          answer: string | null
          attempts: number | null
          channel_id: string | null
          channel_kind: string | null
          channel_name: string | null
          due_at: string | null
          duration_ms: number | null
          error: string | null
          event: string | null
          finished_at: string | null
          id: number | null
          message_id: string | null
          org_id: string | null
          queued_at: string | null
          status: string | null
          status_code: number | null
        }
        Relationships: []
      }
      v_rate_limit_forecast: {
        Row: {
          earliest: string | null
          exhausted_at: string | null
          identifier: string | null
          key_type: string | null
          latest: string | null
          limit_max: number | null
          org_id: string | null
          request_count: number | null
          window_end: string | null
          window_start: string | null
        }
        Relationships: []
      }
      v_rate_limit_utilization: {
        Row: {
          identifier: string | null
          key_type: string | null
          limit_max: number | null
          org_id: string | null
          request_count: number | null
          seconds_until_reset: number | null
          status: string | null
          utilization_pct: number | null
          window_start: string | null
        }
        Relationships: [
          {
            foreignKeyName: 'api_rate_limits_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'orgs'
            referencedColumns: ['id']
          },
          {
            foreignKeyName: 'api_rate_limits_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'v_alert_policies'
            referencedColumns: ['org_id']
          },
          {
            foreignKeyName: 'api_rate_limits_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'v_insight_kinds'
            referencedColumns: ['org_id']
          },
        ]
      }
      v_silences: {
        Row: {
          active: boolean | null
          created_at: string | null
          created_by: string | null
          ends_at: string | null
          id: string | null
          matchers: Json | null
          org_id: string | null
          reason: string | null
        }
        Insert: {
          active?: never
          created_at?: string | null
          created_by?: string | null
          ends_at?: string | null
          id?: string | null
          matchers?: Json | null
          org_id?: string | null
          reason?: string | null
        }
        Update: {
          active?: never
          created_at?: string | null
          created_by?: string | null
          ends_at?: string | null
          id?: string | null
          matchers?: Json | null
          org_id?: string | null
          reason?: string | null
        }
        Relationships: []
      }
      v_webhook_health: {
        Row: {
          consecutive_failures: number | null
          days_since_last_success: number | null
          enabled: boolean | null
          failure_rate_24h: number | null
          health_reason: string | null
          health_status: string | null
          last_failure_at: string | null
          last_success_at: string | null
          org_id: string | null
          url: string | null
          webhook_id: string | null
        }
        Relationships: [
          {
            foreignKeyName: 'webhooks_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'orgs'
            referencedColumns: ['id']
          },
          {
            foreignKeyName: 'webhooks_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'v_alert_policies'
            referencedColumns: ['org_id']
          },
          {
            foreignKeyName: 'webhooks_org_id_fkey'
            columns: ['org_id']
            isOneToOne: false
            referencedRelation: 'v_insight_kinds'
            referencedColumns: ['org_id']
          },
        ]
      }
    }
    Functions: {
      accept_heartbeat_call: {
        Args: { body: string; id: string; sent_at: number; signature: string }
        Returns: Json
      }
      accept_notification_call: {
        Args: { body: string; id: string; sent_at: number; signature: string }
        Returns: Json
      }
      acknowledge_alert: { Args: { alert_id: string; until?: string }; Returns: undefined }
      acknowledge_insight: {
        Args: { acknowledged?: boolean; insight_id: string }
        Returns: undefined
      }
      apply_aliases: {
        Args: Record<PropertyKey, never>
        Returns: {
          name: string
          outcome: string
        }[]
      }
      backtest_policy: {
        Args: { changes?: Json; org_id?: string; since?: string; type: string; until?: string }
        Returns: {
          fired_at: string
          resolved_at: string
          resource_id: string
          resource_name: string
          resource_type: string
          severity: string
        }[]
      }
      check_alerts: { Args: { org_id?: string }; Returns: Json }
      claim_notification: { Args: { at?: string; notification_id: number }; Returns: Json }
      create_channel: {
        Args: {
          email_from?: string
          email_to?: string[]
          group_seconds?: number
          kind: string
          min_severity?: string
          mute_windows?: Json
          name: string
          org_id: string
          secret?: string
          types?: string[]
          url?: string
        }
        Returns: Json
      }
      create_org: { Args: { name: string }; Returns: string }
      delete_channel: { Args: { channel_id: string }; Returns: undefined }
      end_silence: { Args: { silence_id: string }; Returns: undefined }
      expect_insight: { Args: { expected?: boolean; insight_id: string }; Returns: undefined }
      finish_notification: {
        Args: { at?: string; attempt: number; notification_id: number; outcome: Json }
        Returns: Json
      }
      make_aliases: {
        Args: Record<PropertyKey, never>
        Returns: {
          name: string
          outcome: string
        }[]
      }
      missing_parts: {
        Args: Record<PropertyKey, never>
        Returns: {
          detail: string
          part: string
          remedy: string
        }[]
      }
      monitoring_costs: {
        Args: {
          after?: string
          org_id?: string
          page_limit?: number
          range_end: string
          range_start: string
        }
        Returns: Json
      }
      monitoring_insights: {
        Args: {
          after?: string
          kind?: string
          org_id?: string
          page_limit?: number
          state?: string
        }
        Returns: Json
      }
      monitoring_metrics: {
        Args: { after?: string; org_id?: string; page_limit?: number; type?: string }
        Returns: Json
      }
      monitoring_prometheus: { Args: { org_id?: string }; Returns: Json }
      monitoring_system: { Args: Record<PropertyKey, never>; Returns: Json }
      monitoring_timeseries: {
        Args: {
          metrics: string[]
          org_id?: string
          range_end: string
          range_start: string
          resource?: string
          step: number
        }
        Returns: Json
      }
      queue_test: { Args: { channel_id: string }; Returns: number }
      refresh_monitoring_views: { Args: Record<PropertyKey, never>; Returns: Json }
      repair: {
        Args: Record<PropertyKey, never>
        Returns: {
          detail: string
          part: string
          remedy: string
        }[]
      }
      resend_notification: { Args: { notification_id: number }; Returns: undefined }
      rotate_channel_secret: {
        Args: { channel_id: string; overlap_hours?: number; secret?: string }
        Returns: Json
      }
      set_alert_policy: {
        Args: { changes: Json; org_id?: string; type: string }
        Returns: {
          critical: number | null
          enabled: boolean | null
          keep_firing_for: string | null
          minimum_sample: number | null
          org_id: string | null
          pending_for: string | null
          recovery: number | null
          repeat_interval: string | null
          type: string | null
          unit: string | null
          warning: number | null
        }
        SetofOptions: {
          from: '*'
          to: 'v_alert_policies'
          isOneToOne: true
          isSetofReturn: false
        }
      }
      set_insight_kind: {
        Args: { enabled: boolean; kind: string; org_id?: string }
        Returns: undefined
      }
      set_objective: {
        Args: { metric: string; org_id?: string; target: number }
        Returns: undefined
      }
      silence_alerts: {
        Args: { matchers: Json; org_id?: string; reason: string; until: string }
        Returns: string
      }
      track_events: { Args: { events: Json }; Returns: Json }
      unacknowledge_alert: { Args: { alert_id: string }; Returns: undefined }
      update_channel: {
        Args: {
          channel_id: string
          email_from?: string
          email_to?: string[]
          enabled?: boolean
          group_seconds?: number
          min_severity?: string
          mute_windows?: Json
          name?: string
          types?: string[]
          url?: string
        }
        Returns: undefined
      }
      withdraw_aliases: {
        Args: Record<PropertyKey, never>
        Returns: {
          name: string
          outcome: string
        }[]
      }
    }
    Enums: {
      [_ in never]: never
    }
    CompositeTypes: {
      [_ in never]: never
    }
  }
}

type DatabaseWithoutInternals = Omit<Database, '__InternalSupabase'>

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, 'everwatch'>]

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema['Tables'] & DefaultSchema['Views'])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends (DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'] &
        DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Views'])
    : never) = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'] &
      DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Views'])[TableName] extends {
      Row: infer R
    }
    ? R
    : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema['Tables'] & DefaultSchema['Views'])
    ? (DefaultSchema['Tables'] & DefaultSchema['Views'])[DefaultSchemaTableNameOrOptions] extends {
        Row: infer R
      }
      ? R
      : never
    : never

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    keyof DefaultSchema['Tables'] | { schema: keyof DatabaseWithoutInternals },
  TableName extends (DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables']
    : never) = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'][TableName] extends {
      Insert: infer I
    }
    ? I
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema['Tables']
    ? DefaultSchema['Tables'][DefaultSchemaTableNameOrOptions] extends {
        Insert: infer I
      }
      ? I
      : never
    : never

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    keyof DefaultSchema['Tables'] | { schema: keyof DatabaseWithoutInternals },
  TableName extends (DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables']
    : never) = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'][TableName] extends {
      Update: infer U
    }
    ? U
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema['Tables']
    ? DefaultSchema['Tables'][DefaultSchemaTableNameOrOptions] extends {
        Update: infer U
      }
      ? U
      : never
    : never

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    keyof DefaultSchema['Enums'] | { schema: keyof DatabaseWithoutInternals },
  EnumName extends (DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions['schema']]['Enums']
    : never) = never,
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions['schema']]['Enums'][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema['Enums']
    ? DefaultSchema['Enums'][DefaultSchemaEnumNameOrOptions]
    : never

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    keyof DefaultSchema['CompositeTypes'] | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends (PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions['schema']]['CompositeTypes']
    : never) = never,
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions['schema']]['CompositeTypes'][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema['CompositeTypes']
    ? DefaultSchema['CompositeTypes'][PublicCompositeTypeNameOrOptions]
    : never

export const Constants = {
  everwatch: {
    Enums: {},
  },
} as const
