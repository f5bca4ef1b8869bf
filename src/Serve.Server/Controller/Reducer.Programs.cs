using System.Text.Json;
using Serve.Identity;
using Serve.Server.Store.Records;
using Serve.Specs;
using Serve.Specs.Autoscaling;
using Serve.Specs.Parsing;
using Serve.Specs.Placement;
using Serve.Status;
using Serve.Wire.Control;

namespace Serve.Server.Controller;

internal static partial class Reducer
{
    /// <summary>Has a node find out what the submitted program has.</summary>
    private static void OrderDescription(Step step, ApplicationState application)
    {
        CancelDescription(step, application);
        var node = step.State.Nodes.Keys.FirstOrDefault();
        var job = new ProgramJob($"{step.State.Epoch}-{step.NextNumber()}", node, ProgramPhase.Building);
        step.Put(application with { Job = job });
        if (node is not null)
            step.Emit(new OrderProgram(node, new DesiredProgram(application.Name, job.Id, application.Spec.ImportPath, application.Spec.RuntimeEnv.EnvVars, application.Spec.RuntimeEnv.WorkingPath, application.Spec.Args)));
    }

    private static void CancelDescription(Step step, ApplicationState application)
    {
        if (application.Job?.Node is { } node)
            step.Emit(new ForgetProgram(node, application.Name));
    }

    private static void OnProgramReported(Step step, ProgramReported reported)
    {
        var report = reported.Report;
        if (step.State.Applications.GetValueOrDefault(report.Application) is not { } application || application.Job?.Id != report.Job)
        {
            // The order was taken back before the node was done with it, and nobody else takes its status away.
            if (step.State.Applications.GetValueOrDefault(report.Application)?.Job?.Node != reported.Node)
                step.Emit(new ForgetProgram(reported.Node, report.Application));
            return;
        }

        switch (report.Phase)
        {
            case ProgramPhase.Done:
                FinishDescription(step, application, report);
                break;
            case ProgramPhase.Failed:
                FailDescription(step, application, report.Failure ?? "The program could not be described.");
                break;
            default:
                step.Put(application with { Job = application.Job with { Phase = report.Phase } });
                break;
        }
    }

    private static void FailDescription(Step step, ApplicationState application, string failure)
    {
        CancelDescription(step, application);
        step.Put(application with { Job = null, Failure = failure });
        step.Emit(new Note(application.Name, failure, IsProblem: true));
    }

    private static void FinishDescription(Step step, ApplicationState application, ProgramReport report)
    {
        var active = new ActiveApplication(application.Revision, application.Spec, report.Command!, report.Description!);
        if (WhatIsWrong(active) is { } problem)
        {
            FailDescription(step, application, problem);
            return;
        }

        CancelDescription(step, application);
        Use(step, application, active);
    }

    /// <summary>From now on this is what the application's replicas shall run. What they run stays until it is replaced.</summary>
    private static void Use(Step step, ApplicationState application, ActiveApplication active)
    {
        if (application.History.GetValueOrDefault(active.Revision) is { } revision)
            application = Remember(step, application, revision with { Program = active });
        var hasArrived = application.Active is { } old && application.History.GetValueOrDefault(old.Revision) is { WasRunning: true };
        application = application with { Job = null, Failure = null, Previous = hasArrived ? application.Active : application.Previous, Active = active };
        application = Activate(application, step.State, CountsOf(application), step.Now);
        step.Put(application);
        step.Emit(new WriteApplication(ToRecord(application)));
        RetrySettings(step, application);
        Reconciler.ReconcileAll(step, application.Name);
    }

    /// <summary>Whoever submits again wants replicas that did not take their settings up to try once more; the order says so by coming again.</summary>
    private static void RetrySettings(Step step, ApplicationState application)
    {
        var refused = application.Deployments.Values.SelectMany(deployment => deployment.Replicas.Values)
            .Where(replica => replica is { Phase: ReplicaPhase.Running, IsUpToDate: false, Report.Failure: not null });
        foreach (var replica in refused)
        {
            var deployment = step.State.Find(replica.Id.Deployment)!;
            step.Put(deployment with { Replicas = deployment.Replicas.SetItem(replica.Id, replica with { Report = replica.Report! with { Failure = null } }) });
            step.Emit(new OrderReplica(replica.Node, replica.Desired));
        }
    }

    private static string? WhatIsWrong(ActiveApplication active)
    {
        var known = active.Description.Deployments.Select(deployment => deployment.Name).ToList();
        var unknown = active.Spec.Deployments.Select(options => options.Name).Except(known, StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
            return $"The document overrides the deployment '{unknown[0]}', which the program does not have; it has {string.Join(", ", known.Select(name => $"'{name}'"))}.";
        if (active.Spec.IsExternallyScaled && active.Description.Deployments.Where(description => SpecOf(active, description).Autoscaling is not null).Select(description => description.Name).ToList() is { Count: > 0 } scaled)
            return DeploymentRules.TwoScalers(scaled);
        if (active.Spec.RoutePrefix is not null && active.Description.Deployments.All(deployment => !deployment.IsIngress))
            return "The program has no deployment that implements IIngress, so nothing can be served under the route prefix; add one, or set route_prefix: null.";
        var specs = active.Description.Deployments.Select(description => SpecOf(active, description)).ToList();
        if (PolicyRules.WhatIsWrong(active.Spec, specs, active.Description) is { } policyProblem)
            return policyProblem;
        return specs
            .Zip(active.Description.Deployments, (spec, description) => PlacementRules.WhatIsWrong(spec) ?? DeploymentRules.WhatIsWrongWithRouter(spec, description.IsIngress, active.Description.Routers ?? []))
            .FirstOrDefault(problem => problem is not null);
    }

    /// <summary>How many replicas the deployments shall have now whose number moves within bounds.</summary>
    public static IReadOnlyDictionary<string, int> CountsOf(ApplicationState application) =>
        application.Deployments.Values.Where(deployment => deployment is { IsDeleting: false, Target.Spec.Autoscaling: not null })
            .ToDictionary(deployment => deployment.Id.Name, deployment => deployment.Target.Spec.NumReplicas, StringComparer.Ordinal);

    /// <summary>Gives each deployment its target. Those that the program no longer has are to go.</summary>
    /// <param name="application">The application.</param>
    /// <param name="cluster">The state that it is part of, for what holds everywhere.</param>
    /// <param name="counts">How many replicas deployments have been given whose number moves within bounds: a new submission leaves it.</param>
    /// <param name="now">The time.</param>
    public static ApplicationState Activate(ApplicationState application, ControllerState cluster, IReadOnlyDictionary<string, int> counts, DateTimeOffset now)
    {
        var active = application.Active!;
        var before = application.Previous is { } previous
            ? previous.Description.Deployments.ToDictionary(description => description.Name, description => TargetOf(previous, description, cluster, counts, now), StringComparer.Ordinal)
            : [];
        var deployments = application.Deployments;
        foreach (var (name, deployment) in deployments)
            deployments = deployments.SetItem(name, deployment with { IsDeleting = true, Condition = deployment.Condition.After(DeploymentEvent.Deleted, now) });
        foreach (var description in active.Description.Deployments)
        {
            var target = TargetOf(active, description, cluster, counts, now);
            var old = application.Deployments.GetValueOrDefault(description.Name);
            var condition = old is null ? DeploymentCondition.Begin(now) : WhatChanges(old, target) is { } change ? old.Condition.After(change, now) : old.Condition;
            var isSame = old?.Target.Version == target.Version;
            deployments = deployments.SetItem(
                description.Name,
                (old ?? new DeploymentState { Id = new DeploymentId(application.Name, description.Name), Target = target, Condition = condition }) with
                {
                    Target = target,
                    Condition = condition,
                    Fallback = before.GetValueOrDefault(description.Name) is { } fallback && fallback.Version != target.Version ? new Fallback(fallback) : null,
                    IsDeleting = application.IsDeleting,
                    Failures = 0,
                    LastFailure = null,
                    FailedStart = null,
                    BoundsUntil = null,
                    NextStartAt = null,
                    HasRun = isSame && old!.HasRun,
                });
        }

        return application with { Deployments = deployments };
    }

    /// <returns>Null where a submission changes nothing of a deployment.</returns>
    private static DeploymentEvent? WhatChanges(DeploymentState old, DeploymentTarget target)
    {
        var (before, after) = (old.Target.Spec.NumReplicas, target.Spec.NumReplicas);
        var isSame = old.Target.Version == target.Version && old.Target.SettingsHash == target.SettingsHash && old.Target.Spec with { NumReplicas = after, Standbys = target.Spec.Standbys } == target.Spec with { UserConfig = old.Target.Spec.UserConfig };
        return (isSame, after.CompareTo(before)) switch
        {
            _ when old.IsDeleting || old.Condition.Status is DeploymentStatus.DEPLOY_FAILED or DeploymentStatus.UNHEALTHY => DeploymentEvent.ConfigChanged,
            (false, _) => DeploymentEvent.ConfigChanged,
            (true, > 0) => DeploymentEvent.ScaledUp,
            (true, < 0) => DeploymentEvent.ScaledDown,
            _ => null,
        };
    }

    /// <summary>What the document says over what the code says.</summary>
    private static DeploymentSpec SpecOf(ActiveApplication active, DeploymentDescription description)
    {
        var (code, _) = ConfigBinder.Bind<DeploymentOptions>(ConfigNode.FromJson(JsonSerializer.SerializeToElement(description.Options)));
        var overrides = active.Spec.Deployments.FirstOrDefault(options => options.Name == description.Name);
        return overrides is null ? DeploymentSpec.Resolve(description.Name, code) : DeploymentSpec.Resolve(description.Name, code, overrides);
    }

    private static DeploymentTarget TargetOf(ActiveApplication active, DeploymentDescription description, ControllerState cluster, IReadOnlyDictionary<string, int> counts, DateTimeOffset now)
    {
        var spec = SpecOf(active, description);
        if (spec.Autoscaling is { } autoscaling && PolicySpec.From(active.Spec.Policy) is { } policy)
            spec = spec with { Autoscaling = autoscaling with { Policy = policy with { IsWhole = true } } };
        spec = spec.At(cluster.Settings.Capacity, now, counts.TryGetValue(description.Name, out var count) ? count : null);
        var version = ContentHash.Of(
            active.Command.Version,
            active.Command.WorkingVersion ?? "",
            string.Join('\n', active.Spec.RuntimeEnv.EnvVars.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}")),
            active.Spec.Args.ToJsonString(),
            spec.PlacementText());
        var settings = new ReplicaSettings(spec.MaxOngoingRequests, cluster.MaxRequestBodyBytes, spec.UserConfig, spec.Logging ?? active.Spec.Logging ?? cluster.Settings.Logging);
        var settingsHash = ContentHash.Of($"{settings.MaxOngoingRequests} {settings.MaxRequestBodyBytes} {settings.Logging}", settings.UserConfig?.ToJsonString() ?? "");
        return new DeploymentTarget(spec, description.IsIngress, version, settings, settingsHash, active.Command, active.Spec.RuntimeEnv.EnvVars, active.Spec.Args);
    }
}
