using System.Globalization;
using Serve.Admin;
using Serve.Server.Controller;
using StartPhase = Serve.Wire.Control.StartPhase;

namespace Serve.Server.Admin.Explain;

/// <summary>Answers what an operator asks of starts: where their time goes, and what becomes of requests that find no replica. Pure.</summary>
internal static class StartExplainer
{
    /// <summary>How many replicas are told of, the newest first.</summary>
    private const int MaxReplicas = 3;

    public static IEnumerable<Answer> Explain(DeploymentState deployment)
    {
        if (!deployment.IsDeleting && !deployment.Replicas.Values.Any(replica => replica.IsServing))
            yield return new Answer("What happens to requests?", WhatRequestsGet(deployment));
        var starts = deployment.Replicas.Values.Where(replica => replica.Phase != ReplicaPhase.Stopping && replica.Report is { StartTimes.Count: > 0 })
            .OrderByDescending(replica => replica.Id).Take(MaxReplicas).ToList();
        if (starts.Count > 0)
            yield return new Answer("Where does the time of a start go?", string.Join('\n', starts.Select(TimesOf)));
    }

    private static string WhatRequestsGet(DeploymentState deployment)
    {
        if (RouteTableBuilder.WhyUnavailable(deployment) is { } reason)
            return $"They are refused at once with 503: {reason}";
        const string Wait = "They wait in the queues of the routers, as long as their deadlines allow";
        return deployment switch
        {
            { Replicas: var replicas } when replicas.Values.Any(replica => replica.Phase == ReplicaPhase.Starting) => $"{Wait}, for the replica that is being started.",
            { Target.Spec.NumReplicas: > 0 } => $"{Wait}, for a replica that can't be started yet.",
            { Target.Spec.Autoscaling: { MaxReplicas: > 0 } } => $"{Wait}, and are what starts a replica.",
            _ => $"{Wait}, for somebody to scale it up.",
        };
    }

    private static string TimesOf(Controller.ReplicaState replica)
    {
        var times = replica.Report!.StartTimes;
        var start = times.Where(time => time.Phase != StartPhase.FirstRequest).ToList();
        var first = times.FirstOrDefault(time => time.Phase == StartPhase.FirstRequest) is { } request ? $" Its first request took {Seconds(request.Seconds)}." : "";
        var total = replica.Phase == ReplicaPhase.Starting ? "so far" : $"{Seconds(start.Sum(time => time.Seconds))} until it was ready";
        return $"{replica.Id.Suffix}: {total}; {string.Join(", ", start.Select(time => $"{Name(time.Phase)} {Seconds(time.Seconds)}"))}.{first}";
    }

    private static string Name(StartPhase phase) => phase switch
    {
        StartPhase.Process => "process",
        StartPhase.Host => "host",
        StartPhase.Constructor => "constructor",
        StartPhase.Initialize => "InitializeAsync",
        StartPhase.Reconfigure => "ReconfigureAsync",
        StartPhase.HealthCheck => "first health check",
        _ => "web server",
    };

    private static string Seconds(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.###} s");
}
