namespace Serve.Simulation.Flapping;

/// <summary>Thousands of replicas up and down, for somebody at a terminal.</summary>
internal static class FlappingReport
{
    /// <returns>The exit code: 1 where a request came to a replica that was gone, or to none.</returns>
    public static int Run()
    {
        var options = new FlappingOptions();
        var result = FlappingRun.Run(options);
        Console.WriteLine($"{options.Times} times between {options.Fewest} and {options.Most} replicas: {result.FewestReady} to {result.MostReady} were ready, {result.Started} started, {result.Ended} ended");
        Console.WriteLine($"{result.Requests} requests: wait at most {result.MaxWait.TotalSeconds:0.00} s, 99 of 100 at most {result.P99Wait.TotalSeconds:0.00} s");
        Console.WriteLine($"sent to a replica that was gone: {result.ToGone}; without an answer: {result.Unanswered}; a step of the controller at most {result.LongestStep.TotalMilliseconds:0.0} ms");
        return result.ToGone + result.Unanswered == 0 ? 0 : 1;
    }
}
