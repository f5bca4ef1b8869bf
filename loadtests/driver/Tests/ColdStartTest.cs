using System.Diagnostics;
using System.Text;
using Load.Autoscaling;

namespace Load.Tests;

/// <summary>
/// Requests for a deployment that has no replica: how long a single one takes until its answer, several times, and then whether a crowd of them is
/// answered and how many replicas it starts.
/// </summary>
internal static class ColdStartTest
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task<object> RunAsync(DriverOptions options)
    {
        var admin = new Uri(options.Text("admin", ""));
        var application = options.Text("application", "digits");
        var standby = options.Number("standby", 0);
        var body = await File.ReadAllTextAsync(options.Text("body", ""));
        using var http = new HttpClient { Timeout = Patience };
        await using var watch = new DeploymentWatch(admin, application);
        var seconds = new List<double>();
        for (var run = 0; run < options.Number("runs", 5); run++)
        {
            await UntilZeroAsync();
            var start = Stopwatch.GetTimestamp();
            if (await PostAsync() is not 200 and var status)
                throw new IOException($"The answer was {status}.");
            seconds.Add(Math.Round(Stopwatch.GetElapsedTime(start).TotalSeconds, 3));
        }

        await UntilZeroAsync();
        await using var replicas = new ReplicaSet(admin, application);
        var before = Stopwatch.GetTimestamp();
        var statuses = await Task.WhenAll(Enumerable.Range(0, options.Number("crowd", 1000)).Select(_ => PostAsync()));
        return new
        {
            Standby = standby,
            FirstAnswerSeconds = seconds,
            Crowd = new
            {
                Requests = statuses.Length,
                Errors = statuses.Count(static status => status != 200),
                ErrorsByStatus = statuses.Where(static status => status != 200).CountBy(static status => status).ToDictionary(pair => $"{pair.Key}", pair => pair.Value, StringComparer.Ordinal),
                Seconds = Math.Round(Stopwatch.GetElapsedTime(before).TotalSeconds, 3),
                Replicas = await replicas.CountAsync(),
            },
        };

        async Task UntilZeroAsync() => _ = await watch.UntilAsync(sample => sample is { Target: 0, Ready: 0, Queued: 0 } && sample.Standby == standby, Patience)
            ?? throw new TimeoutException($"The deployment of '{application}' did not come to zero with {standby} in standby: {await watch.AskAsync()}");

        async Task<int> PostAsync()
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using var reply = await http.PostAsync(options.Url, content);
            return (int)reply.StatusCode;
        }
    }
}
