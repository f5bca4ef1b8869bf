using Overhead;
using Serve;

var builder = WebApplication.CreateBuilder(args);
builder.Services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, MessageJson.Default));
builder.AddServe();

var app = builder.Build();
app.MapServe();
app.Run();

/// <summary>The contestant: the common endpoints as an ingress deployment, with more slots than the load generator has connections and, like the others, all cores.</summary>
[Deployment(MaxOngoingRequests = 10_000, NumCpus = 0)]
internal sealed class Contestant : IIngress
{
    public static void Map(IEndpointRouteBuilder endpoints) => Endpoints.Map(endpoints);
}
