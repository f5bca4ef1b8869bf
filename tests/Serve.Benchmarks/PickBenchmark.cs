using System.Diagnostics;
using Serve.Routing;

namespace Serve.Benchmarks;

/// <summary>How many slots a second one router gives out and takes back, by the number of replicas and of threads.</summary>
internal static class PickBenchmark
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(0.5);

    public static void Run()
    {
        var threads = new[] { 1, Environment.ProcessorCount };
        Console.WriteLine($"{"picks and releases per second",-40} {string.Join(' ', threads.Select(count => $"{count + " threads",14}"))}");
        foreach (var replicas in new[] { 2, 100, 10_000 })
        {
            Measure($"{replicas} replicas", replicas, full: 0, default, threads);
            Measure($"{replicas} replicas, all but two full", replicas, full: replicas - 2, default, threads);
            Measure($"{replicas} replicas, one slot each", replicas, full: 0, default, threads, limit: 1);
        }

        Measure("10000 replicas, by model", 10_000, full: 0, new PickRequest { ModelId = "m" }, threads);
        Measure("10000 replicas, by session", 10_000, full: 0, new PickRequest { SessionId = "s" }, threads);
    }

    private static void Measure(string name, int replicas, int full, PickRequest request, int[] threads, int limit = 100)
    {
        var rates = new List<double>();
        foreach (var count in threads)
        {
            var router = RouterOf(replicas, full, limit);
            Run(router, request, threads: 1);
            rates.Add(Run(router, request, count));
        }

        Console.WriteLine($"{name,-40} {string.Join(' ', rates.Select(rate => $"{rate,14:0,0}"))}");
    }

    private static DeploymentRouter RouterOf(int replicas, int full, int limit)
    {
        var router = new DeploymentRouter("app", "deployment", TimeProvider.System);
        var entries = Enumerable.Range(0, replicas).Select(i => new SlotOnly($"r{i}")).ToArray();
        foreach (var entry in entries.Take(full))
        {
            for (var i = 0; i < limit; i++)
                entry.TryEnter(limit);
        }

        router.Update(new ReplicaSet([.. entries], limit, MaxQueuedRequests: -1, UnavailableReason: null));
        return router;
    }

    private static double Run(DeploymentRouter router, PickRequest request, int threads)
    {
        var picks = new long[threads];
        var begin = Stopwatch.GetTimestamp();
        var workers = Enumerable.Range(0, threads).Select(number => new Thread(() =>
        {
            var done = 0L;
            while (Stopwatch.GetElapsedTime(begin) < Duration)
            {
                for (var i = 0; i < 1000; i++)
                {
                    if (!router.TryAcquire(request, out var lease))
                        continue;
                    lease.Dispose();
                    done++;
                }
            }

            picks[number] = done;
        })).ToList();
        workers.ForEach(worker => worker.Start());
        workers.ForEach(worker => worker.Join());
        return picks.Sum() / Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }
}
