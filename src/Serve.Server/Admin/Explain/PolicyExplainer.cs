using System.Globalization;
using Serve.Admin;
using Serve.Server.Controller.Autoscaling.Policies;

namespace Serve.Server.Admin.Explain;

/// <summary>Answers what an operator asks of a deployment's policy. Pure.</summary>
internal static class PolicyExplainer
{
    public static IEnumerable<Answer> About(PolicyView policy)
    {
        yield return new Answer("Who decides how many replicas there are?", $"{(policy.IsWhole ? "The policy of the application" : "Its policy")} {policy.Name}. {WhatItSaid(policy)}");
        if (policy.Failure is { } failure)
            yield return new Answer("What is wrong with the policy?", $"Since {policy.FailingSince:HH:mm:ss} UTC it gives no good advice: {failure} {(policy.At is null ? "The number stays as it is" : "Its last good advice stays")}; it is asked again all the time.");
    }

    private static string WhatItSaid(PolicyView policy) => policy switch
    {
        { HasNobody: true } => "No replica of the application runs that could be asked; the number stays as it is, and requests start a first replica.",
        { At: null } => "It has not given any good advice yet; the number stays as it is.",
        { LeavesIt: true } => "It leaves this deployment to Serve, which follows the load.",
        _ => string.Create(CultureInfo.InvariantCulture, $"At {policy.At:HH:mm:ss} UTC it wanted {policy.Wanted:0.##}."),
    };
}
