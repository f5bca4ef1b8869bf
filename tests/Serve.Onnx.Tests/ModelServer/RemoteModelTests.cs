using Serve.Handles;
using Serve.ModelServer.Models;
using Serve.Routing;

namespace Serve.Onnx.Tests.ModelServer;

/// <summary>A model that is a deployment, without its replicas.</summary>
public sealed class RemoteModelTests
{
    private readonly RouteTableFeed _feed = new(_ => throw new InvalidOperationException("There are no replicas."), TimeProvider.System);

    [Fact]
    public async Task WhyUnavailable_ModelThatSleeps_IsNothing()
    {
        var model = ModelOf(reason: null);
        (await model.WhyUnavailableAsync(CancellationToken.None)).ShouldBeNull();
        (await model.IsReadyAsync(version: null, CancellationToken.None)).ShouldBeFalse();
        var line = await model.GetIndexLineAsync(CancellationToken.None);
        (line.State, line.Reason).ShouldBe(("UNAVAILABLE", "no replica of its deployment is ready; a request waits for one"));
    }

    [Fact]
    public async Task WhyUnavailable_ModelWhoseStartsFail_IsTheirCause()
    {
        var model = ModelOf("its replicas could not start: no memory");
        (await model.WhyUnavailableAsync(CancellationToken.None)).ShouldBe("its replicas could not start: no memory");
        (await model.GetIndexLineAsync(CancellationToken.None)).Reason.ShouldContain("no memory");
    }

    [Fact]
    public async Task WhyUnavailable_DeploymentThatIsNotThere_SaysSo()
    {
        _feed.Update(new ApplicationRoutes("app", "/", "other", []));
        (await ModelOf().WhyUnavailableAsync(CancellationToken.None))!.ShouldContain("no deployment 'm'");
    }

    private RemoteModel ModelOf(string? reason)
    {
        _feed.Update(new ApplicationRoutes("app", "/", "m", [new DeploymentRoutes("m", 1, -1, [], reason)]));
        return ModelOf();
    }

    private RemoteModel ModelOf() => new("m", new DeploymentHandle<IModel>(new HandleInvoker(new HandleRoutes(_feed, "app", watch: null, TimeProvider.System), "app", "m", new CallOptions())), TimeProvider.System);
}
