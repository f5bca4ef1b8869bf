using Serve.Server.Store.Records;
using Serve.Specs;
using Serve.Specs.Parsing;

namespace Serve.Server.Controller;

internal static partial class Reducer
{
    /// <summary>How many changes of an application are remembered.</summary>
    public const int MaxRevisions = 20;

    /// <summary>An application whose replicas are all ready, of the right version and with the right settings, has arrived: what it was before is no longer needed.</summary>
    public static ApplicationState MarkRunning(Step step, ApplicationState application)
    {
        var number = application.Active!.Revision;
        var isNews = application.History.GetValueOrDefault(number) is { WasRunning: false };
        if (!isNews && application.Previous is null)
            return application;
        if (isNews)
        {
            var revision = application.History[number] with { WasRunning = true };
            application = application with { History = application.History.SetItem(number, revision) };
            step.Emit(new WriteRevision(ToRecord(application.Name, revision)));
        }

        application = application with { Previous = null, Deployments = WithoutFallbacks(application) };
        step.Emit(new WriteApplication(ToRecord(application)));
        return application;
    }

    public static RevisionRecord ToRecord(string application, Revision revision) => new()
    {
        Application = application,
        Number = revision.Number,
        Spec = ConfigWriter.Write(revision.Spec),
        At = revision.At,
        By = revision.By,
        Change = revision.Change,
        Command = revision.Program?.Command,
        Description = revision.Program?.Description,
        WasRunning = revision.WasRunning,
    };

    /// <summary>Makes a spec the declared one, as a new revision.</summary>
    private static ApplicationState Declare(Step step, ApplicationSpec spec, string? by, string change)
    {
        var old = step.State.Applications.GetValueOrDefault(spec.Name);
        var revision = new Revision((old?.Revision ?? 0) + 1, spec, step.Now, by, change);
        var application = (old ?? new ApplicationState { Name = spec.Name, Spec = spec, Revision = 0, DeployedAt = step.Now }) with
        {
            Spec = spec,
            Revision = revision.Number,
            DeployedAt = step.Now,
            IsDeleting = false,
            Failure = null,
        };
        step.Emit(new Note(spec.Name, $"revision {revision.Number}: {change}{(by is null ? "" : $" by {by}")}", IsProblem: false));
        return Remember(step, application, revision);
    }

    /// <summary>Puts a revision into the history, and forgets the oldest that nothing needs any more.</summary>
    private static ApplicationState Remember(Step step, ApplicationState application, Revision revision)
    {
        var history = application.History.SetItem(revision.Number, revision);
        step.Emit(new WriteRevision(ToRecord(application.Name, revision)));
        foreach (var number in history.Keys.Where(number => number != application.Active?.Revision && number != application.Previous?.Revision).Take(history.Count - MaxRevisions).ToList())
        {
            history = history.Remove(number);
            step.Emit(new ForgetRevision(application.Name, number));
        }

        return application with { History = history };
    }

    private static void OnRollBack(Step step, RollBack request)
    {
        var problem = TryRollBack(step, request);
        step.Emit(new Reply(request.Ticket, problem));
    }

    private static RequestProblem? TryRollBack(Step step, RollBack request)
    {
        if (step.State.Applications.GetValueOrDefault(request.Name) is not { } application)
            return NoSuchApplication(step, request.Name);
        if (application.IsDeleting)
            return new RequestProblem(RequestProblemKind.Conflict, $"Application '{request.Name}' is being deleted; it can't be rolled back.");
        if (RevisionToGoBackTo(application, request.To) is not { } revision)
            return new RequestProblem(RequestProblemKind.NotFound, WhyNoRevision(application, request.To));
        if (PrefixConflict(step, revision.Spec, new Deploy(request.Ticket, [revision.Spec], IsWhole: false)) is { } conflict)
            return new RequestProblem(RequestProblemKind.Conflict, conflict);

        application = Declare(step, revision.Spec, request.By, $"rolled back to revision {revision.Number}");
        if (revision.Program is { Command.IsKept: true } program)
        {
            CancelDescription(step, application);
            Use(step, application, program with { Revision = application.Revision });
        }
        else
        {
            // Its files are the user's, and may have changed: ask what is there now.
            OrderDescription(step, application);
            step.Emit(new WriteApplication(ToRecord(step.State.Applications[application.Name])));
        }

        return null;
    }

    private static Revision? RevisionToGoBackTo(ApplicationState application, long? number) => number is { } wanted
        ? application.History.GetValueOrDefault(wanted)
        : application.History.Values.LastOrDefault(revision => revision.WasRunning && revision.Number < application.Revision);

    private static string WhyNoRevision(ApplicationState application, long? number) => number is null
        ? $"Application '{application.Name}' has no earlier revision that was running."
        : $"Application '{application.Name}' has no revision {number}; it has {string.Join(", ", application.History.Keys)}.";

    private static RequestProblem NoSuchApplication(Step step, string name) =>
        new(RequestProblemKind.NotFound, $"There is no application '{name}'; there are {Names(step.State)}.");

    private static System.Collections.Immutable.ImmutableSortedDictionary<string, DeploymentState> WithoutFallbacks(ApplicationState application)
    {
        var deployments = application.Deployments;
        foreach (var (name, deployment) in deployments.Where(pair => pair.Value.Fallback is not null))
            deployments = deployments.SetItem(name, deployment with { Fallback = null });
        return deployments;
    }
}
