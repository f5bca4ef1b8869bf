using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Serve.Testing;

namespace Serve.Tests.Sdk.Multiplexing;

/// <summary>Many models in a program that serves by itself.</summary>
public sealed class EmbeddedModelTests
{
    [Theory]
    [InlineData("serve_multiplexed_model_id")]
    [InlineData("Serve-Multiplexed-Model-Id")]
    [InlineData("SERVE_MULTIPLEXED-MODEL_ID")]
    public async Task Request_NamesAModelInItsHeader_GetsThatOne(string header)
    {
        await using var program = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/own");
        request.Headers.Add(header, "french");
        using var response = await program.Http.SendAsync(request);
        (await response.Content.ReadAsStringAsync()).ShouldBe("french says hello");
    }

    [Fact]
    public async Task Request_NamesNoModel_Is400AndSaysHow()
    {
        await using var program = await StartAsync();
        using var response = await program.Http.GetAsync("/own");
        response.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await response.Content.ReadAsStringAsync()).ShouldContain("serve_multiplexed_model_id");
    }

    [Fact]
    public async Task Call_ForAModelThatAReplicaHolds_GoesThere()
    {
        await using var program = await StartAsync();
        var models = Enumerable.Range(0, 6).Select(number => $"m{number}-{Guid.NewGuid()}").ToList();
        foreach (var model in models)
            await program.Http.GetStringAsync($"/ask?model={model}");
        // The replicas say what they hold a moment after.
        foreach (var model in models)
            await Eventually.TrueAsync(async () => await program.Http.GetStringAsync($"/ask?model={model}") == await program.Http.GetStringAsync($"/ask?model={model}"));
        for (var i = 0; i < 5; i++)
        {
            foreach (var model in models)
                await program.Http.GetStringAsync($"/ask?model={model}");
        }

        // Two replicas with three places each: every model has found its place, so that none was loaded more than a few times.
        models.Sum(model => Linguist.Loaded.Count(loaded => loaded == model)).ShouldBeLessThan(12);
    }

    [Fact]
    public async Task Stop_UnloadsAllModels()
    {
        var model = $"last-{Guid.NewGuid()}";
        await using (var program = await StartAsync())
        {
            await program.Http.GetStringAsync($"/ask?model={model}");
            Linguist.Unloaded.ShouldNotContain(model);
        }

        Linguist.Unloaded.ShouldContain(model);
    }

    private static Task<EmbeddedProgram> StartAsync() => EmbeddedProgram.StartAsync(options => options.AddDeployment<Desk>().AddDeployment<Linguist>());

    public interface ILinguist
    {
        Task<string> AskAsync(CancellationToken cancellationToken);
    }

    [Deployment(NumReplicas = 2)]
    public sealed class Linguist(ReplicaContext context) : ILinguist
    {
        public static ConcurrentQueue<string> Loaded { get; } = [];

        public static ConcurrentQueue<string> Unloaded { get; } = [];

        public async Task<string> AskAsync(CancellationToken cancellationToken)
        {
            using var lease = await Multiplexer.GetAsync(LoadAsync, cancellationToken);
            return $"{lease.Model.Id} at {context.ReplicaId}";
        }

        [Multiplexed(MaxModelsPerReplica = 3)]
        private Task<Language> LoadAsync(string modelId, CancellationToken cancellationToken)
        {
            Loaded.Enqueue(modelId);
            return Task.FromResult(new Language(modelId));
        }

        private sealed record Language(string Id) : IDisposable
        {
            public void Dispose() => Unloaded.Enqueue(Id);
        }
    }

    [Deployment]
    public sealed class Desk(DeploymentHandle<ILinguist> linguist) : IIngress
    {
        public static void Map(IEndpointRouteBuilder endpoints)
        {
            endpoints.MapGet("/own", (Desk desk, CancellationToken cancellationToken) => desk.GreetAsync(cancellationToken));
            endpoints.MapGet("/ask", (Desk desk, string model, CancellationToken cancellationToken) => desk.AskAsync(model, cancellationToken));
        }

        private async Task<string> GreetAsync(CancellationToken cancellationToken)
        {
            using var lease = await Multiplexer.GetAsync(LoadAsync, cancellationToken);
            return lease.Model;
        }

        private Task<string> AskAsync(string model, CancellationToken cancellationToken) =>
            linguist.With(linguist.Options with { ModelId = model }).Remote.AskAsync(cancellationToken);

        [Multiplexed]
        private Task<string> LoadAsync(string modelId, CancellationToken cancellationToken) => Task.FromResult($"{modelId} says hello");
    }
}
