// AWS's template validator takes 2 s for each synthesis; the gate alone runs it.
process.env['CDK_VALIDATION'] = 'false';
