using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Serve.Tests.Sdk.Autoscaling;

/// <summary>A program with policies serves by itself as well: nothing scales there.</summary>
public sealed class EmbeddedPolicyTests
{
    [Fact]
    public async Task Start_ProgramWithPoliciesAndMetrics_ServesAndAsksNobody()
    {
        await using var program = await EmbeddedProgram.StartAsync(options => options.AddDeployment<Counter>());
        (await program.Http.GetStringAsync("/count")).ShouldBe("1");
        (await program.Http.GetStringAsync("/count")).ShouldBe("2");
    }

    [Deployment(AutoscalingPolicy = typeof(PickyPolicy), IsAutoscaled = true)]
    public sealed class Counter(ReplicaContext replica) : IIngress, IRecordMetrics
    {
        private int _count;

        public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapGet("/count", (Counter counter) => counter.Count().ToString());

        public int Count()
        {
            replica.RecordMetric("count", ++_count);
            return _count;
        }

        public ValueTask<IReadOnlyDictionary<string, double>> RecordMetricsAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("nobody shall ask");
    }
}
