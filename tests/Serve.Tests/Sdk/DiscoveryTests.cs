using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Serve.Discovery;

namespace Serve.Tests.Sdk;

/// <summary>What a program's classes may look like, and what the error says where they don't.</summary>
public sealed class DiscoveryTests
{
    [Fact]
    public void Catalog_ValidProgram_KnowsNamesOptionsMethodsAndHandles()
    {
        var description = DeploymentCatalog.Of([typeof(Model), typeof(Caller)]).Describe([]);
        var model = description.Deployments[0];
        model.Name.ShouldBe("the-model");
        model.IsIngress.ShouldBeFalse();
        model.Options.ToJsonString().ShouldBe("""{"name":"the-model","num_replicas":2,"max_ongoing_requests":7,"graceful_shutdown_timeout_s":1.5,"ray_actor_options":{"num_cpus":0.5}}""");
        model.Methods.ShouldBe(["IModel.PredictAsync", "IModel.StreamAsync"]);
        description.Deployments[1].Handles.ShouldBe(["the-model"]);
        description.Deployments[1].IsIngress.ShouldBeTrue();
    }

    [Theory]
    [InlineData(typeof(NoAttribute), "has no [Deployment] attribute")]
    [InlineData(typeof(AbstractOne), "is abstract or generic")]
    [InlineData(typeof(TwoConstructors), "must have exactly one public constructor")]
    [InlineData(typeof(BadOption), "num_replicas: -1 is out of range; it must be at least 0")]
    [InlineData(typeof(TwoConfigs), "implements IReconfigure more than once")]
    [InlineData(typeof(CallsNobody), "No deployment implements INobody")]
    [InlineData(typeof(CallsProperty), "it has the property or event accessor get_Value")]
    [InlineData(typeof(CallsSync), "the method returns Int32; it must return Task, ValueTask")]
    [InlineData(typeof(CallsOverload), "the method OneAsync is overloaded")]
    [InlineData(typeof(CallsByRef), "takes 'value' by reference")]
    [InlineData(typeof(CallsGeneric), "the method is generic")]
    public void Catalog_ClassThatCannotBeADeployment_IsExplained(Type type, string reason) =>
        Should.Throw<Exception>(() => DeploymentCatalog.Of([type])).Message.ShouldContain(reason);

    [Fact]
    public void Catalog_NoDeployment_SaysWhereToPutTheAttribute() =>
        Should.Throw<InvalidOperationException>(() => DeploymentCatalog.Of(Array.Empty<Type>())).Message.ShouldContain("put [Deployment] on a class");

    [Fact]
    public void Catalog_TwoImplementations_AsksForAName()
    {
        var exception = Should.Throw<InvalidOperationException>(() => DeploymentCatalog.Of([typeof(Model), typeof(OtherModel), typeof(Caller)]));
        exception.Message.ShouldContain("'the-model', 'OtherModel' all implement IModel; name one on the handle's parameter: [FromKeyedServices(\"the-model\")]");
    }

    [Fact]
    public void Catalog_TwoImplementationsAndAName_TakesTheNamedOne() =>
        DeploymentCatalog.Of([typeof(Model), typeof(OtherModel), typeof(NamingCaller)]).Describe([]).Deployments[2].Handles.ShouldBe(["OtherModel"]);

    [Fact]
    public void Catalog_TwoIngresses_IsRefused() =>
        Should.Throw<InvalidOperationException>(() => DeploymentCatalog.Of([typeof(Model), typeof(Caller), typeof(SecondIngress)])).Message.ShouldContain("all implement IIngress; an application has one");

    [Fact]
    public void Catalog_OneClassUnderSeveralNames_IsSeveralDeployments()
    {
        var options = new ServeOptions([]);
        options.AddDeployment<Model>("one").AddDeployment<Model>("two", new DeploymentAttribute("not this") { NumReplicas = 5 });
        var deployments = options.BuildCatalog().Describe([]).Deployments;
        deployments.Select(deployment => deployment.Name).ShouldBe(["one", "two"]);
        deployments[0].Options["num_replicas"]!.GetValue<long>().ShouldBe(2, "Without options of its own it has those of the class.");
        deployments[1].Options.ToJsonString().ShouldBe("""{"name":"two","num_replicas":5}""");
    }

    [Fact]
    public void Catalog_OneNameTwice_SaysHowToGiveAnother() =>
        Should.Throw<InvalidOperationException>(() => new ServeOptions([]).AddDeployment<Model>("one").AddDeployment<Model>("one").BuildCatalog())
            .Message.ShouldEndWith("are both the deployment 'one'; give one another name: [Deployment(\"name\")], or AddDeployment<T>(\"name\").");

    [Fact]
    public void Attribute_BoundsAndUserConfig_AreTheKeysOfTheDocument() =>
        DeploymentCatalog.Of([typeof(Scaled)]).Describe([]).Deployments[0].Options.ToJsonString()
            .ShouldBe("""{"name":"Scaled","num_replicas":"auto","user_config":{"threshold":0.5},"autoscaling_config":{"min_replicas":2,"upscale_delay_s":5}}""");

    [Fact]
    public void Attribute_NumberBesideBounds_IsRefused() =>
        Should.Throw<InvalidOperationException>(() => DeploymentCatalog.Of([typeof(NumberBesideBounds)])).Message.ShouldContain("num_replicas: 2 stands beside an autoscaling_config");

    [Fact]
    public void Handle_MadeOfAnObject_CallsIt()
    {
        var model = new OtherModel();
        new DeploymentHandle<IModel>(model).With(new CallOptions { Timeout = TimeSpan.FromSeconds(1) }).Remote.ShouldBeSameAs(model);
    }

    public interface IModel
    {
        Task<float> PredictAsync(float[] input, CancellationToken cancellationToken);

        IAsyncEnumerable<string> StreamAsync(string prompt);
    }

    [Deployment("the-model", NumReplicas = 2, MaxOngoingRequests = 7, NumCpus = 0.5, GracefulShutdownTimeoutSeconds = 1.5)]
    public sealed class Model : IModel
    {
        public Task<float> PredictAsync(float[] input, CancellationToken cancellationToken) => Task.FromResult(0f);

        public IAsyncEnumerable<string> StreamAsync(string prompt) => AsyncEnumerable.Empty<string>();
    }

    [Deployment]
    public sealed class OtherModel : IModel
    {
        public Task<float> PredictAsync(float[] input, CancellationToken cancellationToken) => Task.FromResult(1f);

        public IAsyncEnumerable<string> StreamAsync(string prompt) => AsyncEnumerable.Empty<string>();
    }

    [Deployment]
    public sealed class Caller(DeploymentHandle<IModel> model) : IIngress
    {
        public DeploymentHandle<IModel> Model { get; } = model;

        public static void Map(IEndpointRouteBuilder endpoints)
        {
        }
    }

    [Deployment]
    public sealed class NamingCaller([FromKeyedServices("OtherModel")] DeploymentHandle<IModel> model)
    {
        public DeploymentHandle<IModel> Model { get; } = model;
    }

    [Deployment]
    public sealed class SecondIngress : IIngress
    {
        public static void Map(IEndpointRouteBuilder endpoints)
        {
        }
    }

    [Deployment(IsAutoscaled = true, MinReplicas = 2, UpscaleDelaySeconds = 5, UserConfig = """{"threshold": 0.5}""")]
    public sealed class Scaled;

    [Deployment(NumReplicas = 2, MaxReplicas = 3)]
    public sealed class NumberBesideBounds;

    public sealed class NoAttribute;

    [Deployment]
    public abstract class AbstractOne;

    [Deployment]
    public sealed class TwoConstructors
    {
        public TwoConstructors()
        {
        }

        public TwoConstructors(string text) => Text = text;

        public string? Text { get; }
    }

    [Deployment(NumReplicas = -1)]
    public sealed class BadOption;

    [Deployment]
    public sealed class TwoConfigs : IReconfigure<string>, IReconfigure<int>
    {
        public Task ReconfigureAsync(string userConfig, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task ReconfigureAsync(int userConfig, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    public interface INobody
    {
        Task OneAsync();
    }

    [Deployment]
    public sealed class CallsNobody(DeploymentHandle<INobody> handle)
    {
        public object Handle { get; } = handle;
    }

    public interface IProperty
    {
        int Value { get; }
    }

    [Deployment]
    public sealed class CallsProperty(DeploymentHandle<IProperty> handle)
    {
        public object Handle { get; } = handle;
    }

    public interface ISync
    {
        int One();
    }

    [Deployment]
    public sealed class CallsSync(DeploymentHandle<ISync> handle)
    {
        public object Handle { get; } = handle;
    }

    public interface IOverload
    {
        Task OneAsync();

        Task OneAsync(int value);
    }

    [Deployment]
    public sealed class CallsOverload(DeploymentHandle<IOverload> handle)
    {
        public object Handle { get; } = handle;
    }

    public interface IByRef
    {
        Task OneAsync(ref int value);
    }

    [Deployment]
    public sealed class CallsByRef(DeploymentHandle<IByRef> handle)
    {
        public object Handle { get; } = handle;
    }

    public interface IGeneric
    {
        Task OneAsync<T>(T value);
    }

    [Deployment]
    public sealed class CallsGeneric(DeploymentHandle<IGeneric> handle)
    {
        public object Handle { get; } = handle;
    }
}
