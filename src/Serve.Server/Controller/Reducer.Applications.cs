using System.Collections.Immutable;
using Serve.Server.Store.Records;
using Serve.Specs;
using Serve.Specs.Parsing;

namespace Serve.Server.Controller;

internal static partial class Reducer
{
    public static ApplicationRecord ToRecord(ApplicationState application) => new()
    {
        Name = application.Name,
        Spec = ConfigWriter.Write(application.Spec),
        Revision = application.Revision,
        DeployedAt = application.DeployedAt,
        IsDeleting = application.IsDeleting,
        Active = ToRecord(application.Active),
        Previous = ToRecord(application.Previous),
        Counts = CountsOf(application),
    };

    private static ActiveProgram? ToRecord(ActiveApplication? active) =>
        active is null ? null : new ActiveProgram(active.Revision, ConfigWriter.Write(active.Spec), active.Command, active.Description);

    private static void OnDeploy(Step step, Deploy deploy)
    {
        if (deploy.Applications.Select(application => PrefixConflict(step, application, deploy)).FirstOrDefault(problem => problem is not null) is { } conflict)
        {
            step.Emit(new Reply(deploy.Ticket, new RequestProblem(RequestProblemKind.Conflict, conflict)));
            return;
        }

        if (deploy.Cluster is { } options)
            Set(step, options, deploy.Applications);
        foreach (var spec in deploy.Applications)
            Submit(step, spec, deploy.By);
        if (deploy.IsWhole)
        {
            var named = deploy.Applications.Select(application => application.Name).ToHashSet(StringComparer.Ordinal);
            foreach (var other in step.State.Applications.Keys.Where(name => !named.Contains(name)))
                Delete(step, other);
        }

        step.Emit(new Reply(deploy.Ticket, Problem: null));
    }

    /// <summary>The applications take up what changes here when their programs have been described.</summary>
    private static void Set(Step step, ClusterOptions options, IReadOnlyList<ApplicationSpec> applications)
    {
        var isSameSet = step.State.Applications.Keys.ToHashSet(StringComparer.Ordinal).SetEquals(applications.Select(application => application.Name));
        var settings = new ClusterSettings { Capacity = step.State.Settings.Capacity.Next(options.TargetCapacity, isSameSet), Logging = options.Logging, Telemetry = options.Telemetry };
        if (settings == step.State.Settings)
            return;
        step.State = step.State with { Settings = settings };
        step.Emit(new WriteSettings(settings));
    }

    /// <summary>A prefix belongs to one application; those that this very document deletes give theirs up.</summary>
    private static string? PrefixConflict(Step step, ApplicationSpec spec, Deploy deploy)
    {
        if (spec.RoutePrefix is null || deploy.IsWhole)
            return null;
        var owner = step.State.Applications.Values.FirstOrDefault(
            other => other.Name != spec.Name && !other.IsDeleting && other.Spec.RoutePrefix == spec.RoutePrefix
                && deploy.Applications.All(submitted => submitted.Name != other.Name));
        return owner is null ? null : $"The route prefix '{spec.RoutePrefix}' of application '{spec.Name}' belongs to application '{owner.Name}'; choose another, or delete that one.";
    }

    private static void Submit(Step step, ApplicationSpec spec, string? by)
    {
        OrderDescription(step, Declare(step, spec, by, ChangeKind.Deployed, "deployed"));
        step.Emit(new WriteApplication(ToRecord(step.State.Applications[spec.Name])));
    }

    private static void OnDelete(Step step, DeleteApplication delete)
    {
        var isKnown = step.State.Applications.ContainsKey(delete.Name);
        if (isKnown)
            Delete(step, delete.Name);
        step.Emit(new Reply(delete.Ticket, isKnown
            ? null
            : NoSuchApplication(step, delete.Name)));
    }

    private static void OnDeleteEverything(Step step, DeleteEverything delete)
    {
        foreach (var name in step.State.Applications.Keys)
            Delete(step, name);
        step.Emit(new Reply(delete.Ticket, Problem: null));
    }

    private static void Delete(Step step, string name)
    {
        var application = step.State.Applications[name];
        if (application.IsDeleting)
            return;
        CancelDescription(step, application);
        var forgotten = application.History.Keys;
        application = application with
        {
            IsDeleting = true,
            Job = null,
            // Whoever submits it again while it ends starts from nothing, also where the controller changes meanwhile.
            Active = null,
            Previous = null,
            History = application.History.Clear(),
            Deployments = application.Deployments.ToImmutableSortedDictionary(pair => pair.Key, pair => pair.Value with { IsDeleting = true, Condition = pair.Value.Condition.After(DeploymentEvent.Deleted, step.Now) }, application.Deployments.KeyComparer),
        };
        foreach (var number in forgotten)
            step.Emit(new ForgetRevision(name, number));
        step.Put(application);
        step.Emit(new WriteApplication(ToRecord(application)));
        step.Emit(new Note(name, "deleted", IsProblem: false));
        Reconciler.ReconcileAll(step, name);
    }

    private static string Names(ControllerState state) =>
        state.Applications.IsEmpty ? "none" : string.Join(", ", state.Applications.Keys.Select(name => $"'{name}'"));
}
