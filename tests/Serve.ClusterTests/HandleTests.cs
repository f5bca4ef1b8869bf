using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Serve.ClusterTests;

/// <summary>Calls from one deployment to another, each in a process of its own.</summary>
public sealed class HandleTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private HttpClient Http => fixture.Server.Http;

    [Fact]
    public async Task Call_ThroughAHandle_RunsInTheOtherDeploymentsProcess()
    {
        var reply = await Http.GetFromJsonAsync<JsonObject>("/app/echo?text=hi");
        reply!["text"]!.GetValue<string>().ShouldBe("hi");
        (await fixture.Server.ProcessesOfAsync("Echo")).ShouldContain(reply["processId"]!.GetValue<int>());
        (await fixture.Server.ProcessesOfAsync("Front")).ShouldNotContain(reply["processId"]!.GetValue<int>());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(1_000_000)]
    public async Task Call_WithArrays_NumbersArriveAndComeBack(int count) =>
        (await Http.GetFromJsonAsync<double>($"/app/echo-double?count={count}")).ShouldBe(Enumerable.Range(0, count).Sum(i => (double)(2f * i)));

    [Fact]
    public async Task Call_WithATensor_KeepsItsShape() => (await Http.GetStringAsync("/app/echo-invert")).ShouldContain("Tensor<Byte>[2, 3]");

    [Fact]
    public async Task Call_UserCodeThrows_CallerSeesTypeMessageAndStack() =>
        (await Http.GetStringAsync("/app/echo-caught?message=too%20long")).ShouldContain("Echo: too long; stack: True");

    [Fact]
    public async Task Call_UserCodeThrowsUncaught_ClientSeesNoInternals()
    {
        using var response = await Http.GetAsync("/app/echo-fail?message=secret");
        response.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        (await response.Content.ReadAsStringAsync()).ShouldBe("Internal Server Error");
    }

    [Theory]
    [InlineData(0, -1, "0")]
    [InlineData(1000, -1, "499500")]
    [InlineData(10, 3, "3, then System.FormatException")]
    public async Task Call_StreamOfItems_ComesItemByItemUpToAnError(int count, int failAt, string expected) =>
        (await Http.GetStringAsync($"/app/echo-count?count={count}&failAt={failAt}")).Trim('"').ShouldBe(expected);

    [Fact]
    public async Task Call_ClientGoesAway_SlotsAreFreedInBothDeployments()
    {
        // Echo takes 20 at a time: if cancelled calls kept their slots, the last request could not run.
        for (var i = 0; i < 30; i++)
        {
            using var impatient = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
            await Should.ThrowAsync<OperationCanceledException>(() => Http.GetAsync("/app/echo-wait?seconds=600", impatient.Token));
        }

        (await Http.GetAsync("/app/echo-wait?seconds=0")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }
}
