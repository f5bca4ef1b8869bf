// How many requests of all models have failed: node failures.mjs <REST url>
const { model_stats: models } = await (await fetch(`${process.argv[2]}/v2/models/stats`)).json();
console.log(models.reduce((sum, model) => sum + Number(model.inference_stats.fail.count), 0));
