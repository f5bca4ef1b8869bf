namespace Serve.Server.Controller;

/// <summary>
/// What the sender of a request believes of an application. It is compared where the request is carried out, so that of two who read the
/// same revision only one changes it.
/// </summary>
/// <param name="Application">The application.</param>
/// <param name="Revision">The revision that it must have, or null where it must not be there. One that is being deleted counts as gone.</param>
internal sealed record Precondition(string Application, long? Revision)
{
    /// <summary>Why the precondition does not hold, or null.</summary>
    public RequestProblem? WhyNot(ControllerState state)
    {
        var actual = state.Applications.GetValueOrDefault(Application) is { IsDeleting: false } application ? application.Revision : (long?)null;
        if (actual == Revision)
            return null;
        return new RequestProblem(RequestProblemKind.PreconditionFailed, (actual, Revision) switch
        {
            (null, _) => $"There is no application '{Application}' any more, so it does not have revision {Revision}.",
            (_, null) => $"There is an application '{Application}' already, at revision {actual}.",
            _ => $"Application '{Application}' is at revision {actual}, not at {Revision}: somebody has changed it. Read it again and decide anew.",
        });
    }
}
